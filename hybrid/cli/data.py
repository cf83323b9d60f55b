"""`hybrid data`: make data sets of the evaluation from published corpora and from files of one's own, look at them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from hybrid.cli import options
from hybrid.cli.reporting import print_json, reported

app = typer.Typer(help="Data sets that the evaluation reads.", no_args_is_help=True)
COLUMNS, SPANS, BEIR = "With --format conll", "With --format jsonl", "With --format beir"


@app.command("convert")
def convert_data(
    source: Annotated[list[Path], typer.Argument(metavar="SOURCE", help="Files, or folders of --recipe and BEIR's.")],
    out: Annotated[Path, typer.Option(help="The folder to write to.", show_default=False)],
    recipe: Annotated[
        str | None,
        typer.Option(help="A published corpus by its name; `hybrid data recipes` lists them.", show_default=False),
    ] = None,
    format: Annotated[
        Literal["conll", "jsonl", "beir"] | None,
        typer.Option(help="conll: columns; jsonl: tokens and spans of tokens; beir: a folder.", show_default=False),
    ] = None,
    scheme: Annotated[
        Literal["io", "bio", "bilou"], typer.Option(help="How tags are written.", rich_help_panel=COLUMNS)
    ] = "bio",
    token_column: Annotated[
        int, typer.Option(help="The token's column, from 0; -1 is the last.", rich_help_panel=COLUMNS)
    ] = 0,
    tag_column: Annotated[int, typer.Option(help="The tag's column, likewise.", rich_help_panel=COLUMNS)] = -1,
    separator: Annotated[
        Literal["tab", "space"],
        typer.Option(help="What parts columns: one tab, or spaces and tabs.", rich_help_panel=COLUMNS),
    ] = "tab",
    comment: Annotated[
        str, typer.Option(help="What a line that is no token begins with; '' where all are.", rich_help_panel=COLUMNS)
    ] = "#",
    tokens_key: Annotated[
        str | None,
        typer.Option(help="The key of the tokens.", show_default="tokens and others", rich_help_panel=SPANS),
    ] = None,
    spans_key: Annotated[
        str | None, typer.Option(help="The key of the spans.", show_default="spans and others", rich_help_panel=SPANS)
    ] = None,
    id_key: Annotated[
        str | None, typer.Option(help="The key of the text's id.", show_default="none", rich_help_panel=SPANS)
    ] = None,
    inclusive: Annotated[
        bool, typer.Option("--inclusive", help="A span's end is its last token.", rich_help_panel=SPANS)
    ] = False,
    split: Annotated[str, typer.Option(help="Which qrels/SPLIT.tsv is read.", rich_help_panel=BEIR)] = "test",
    types: Annotated[
        Path | None,
        typer.Option(help="A JSON file of labels to the words to ask with, before all others.", show_default=False),
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(metavar="LABEL", help="A label not to ask for.", show_default=False)
    ] = None,
    keep_duplicates: Annotated[
        bool, typer.Option("--keep-duplicates", help="Do not merge texts that are the same.")
    ] = False,
    keep_catch_alls: Annotated[
        bool, typer.Option("--keep-catch-alls", help="Ask for labels such as misc, too.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a data set that was written before.")] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Make a data set of a corpus: duplicates merged, catch-alls left out, labels put into words; says what it did."""
    if (recipe is None) == (format is None):
        raise typer.BadParameter("expected one of --recipe NAME and --format conll, jsonl or beir")
    with reported(json):
        from hybrid.cli.datasets import print_dataset
        from hybrid.cli.progress import Steps
        from hybrid.evaluation import datasets
        from hybrid.evaluation.conll import Columns

        known = datasets.find_recipe(recipe) if recipe else None
        datasets.check_target(out, replace=force)
        words = datasets.read_words(types) if types else {}
        rules = datasets.Rules(words, tuple(leave_out or ()), not keep_duplicates, not keep_catch_alls)
        columns = Columns(token_column, tag_column, separator, comment or None)
        keys = datasets.SpanKeys(tokens_key, spans_key, id_key, inclusive=inclusive)
        readers: dict[str | None, Callable[[], datasets.Source]] = {
            "conll": lambda: datasets.read_columns(source, scheme, columns),
            "jsonl": lambda: datasets.read_span_files(source, keys),
            "beir": lambda: datasets.read_beir(_only(source), split),
        }
        with Steps(shown=not quiet) as steps:
            steps.show("reading", 0, 0)
            corpus, files = datasets.read_recipe(known, source) if known else (readers[format](), source)
            steps.show("reading", 1, 1)
            made = datasets.convert(out.resolve().name, corpus, rules, known.words if known else None)
            steps.show("writing", 0, 0)
            origin = datasets.origin_of(made, [file.name for file in files], known)
            datasets.write_dataset(made.task, out, origin)
            steps.show("writing", 1, 1)
        if not quiet or json:
            print_dataset(made.task, origin, out, as_json=json)


@app.command("info")
def show_data(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A data set's folder.")],
    json: options.Json = False,
) -> None:
    """Show what a data set holds: texts, mentions, and how many texts answer each type."""
    with reported(json):
        from hybrid.cli.datasets import print_dataset
        from hybrid.evaluation.datasets import read_dataset, read_origin

        origin = read_origin(folder)
        print_dataset(read_dataset(folder), origin, folder, as_json=json)


@app.command("recipes")
def list_recipes(json: options.Json = False) -> None:
    """List the published corpora that are known, and where each is found."""
    with reported(json):
        from hybrid.evaluation.datasets import RECIPES

        for recipe in RECIPES.values():
            if json:
                print_json(
                    {
                        "name": recipe.name,
                        "published": recipe.published,
                        "citation": recipe.citation,
                        "licence": recipe.licence,
                        "files": recipe.files,
                        "words": dict(recipe.words),
                    }
                )
            else:
                typer.echo(f"{recipe.name:<20}{recipe.published}; {recipe.licence}")


def _only(sources: list[Path]) -> Path:
    if len(sources) > 1:
        raise typer.BadParameter(f"{len(sources)} folders were given; BEIR's is one", param_hint="SOURCE")
    return sources[0]
