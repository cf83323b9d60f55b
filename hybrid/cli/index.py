"""`hybrid index`: files into an index, made where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias, get_args

import typer

from hybrid.cli import options
from hybrid.cli.reporting import reported
from hybrid.errors import InvalidDocument
from hybrid.indexing.checking import check_field_name
from hybrid.reading import Format
from hybrid.reading.values import Declaration

DECLARATIONS: dict[str, Declaration] = {name: name for name in get_args(Declaration)}


Files: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE",
        help="JSON Lines, CSV, TSV, Parquet, or plain text with one document a line; also packed as .gz; "
        "- reads standard input.",
    ),
]
Encoder: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="A shipped bundle's name, a bundle's folder, or the address of an encoder service.",
        show_default="minilm, or the bundle that made the index",
    ),
]
Detector: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="What finds the mentions of documents that bring none: bundle:NAME, hf:MODEL, spacy:MODEL, gliner:MODEL "
        "or 'gliner:MODEL(label, …)'.",
        show_default="the encoder's own",
    ),
]
IdField: TypeAlias = Annotated[
    str | None,
    typer.Option(help="The key or column of the id.", show_default="id; where there is none, the hash of the text"),
]
Fields: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME:TYPE",
        help="A field's type: str, int, float, bool, date or datetime. Columns of CSV are str otherwise.",
        show_default=False,
    ),
]
FileFormat: TypeAlias = Annotated[
    Format | None, typer.Option(help="The files' format.", show_default="by suffix; jsonl for -")
]
OnExisting: TypeAlias = Annotated[
    Literal["replace", "skip"], typer.Option(help="For ids that are there: skip resumes a run that was cut off.")
]
Language: TypeAlias = Annotated[
    Literal["english", "none"] | None,
    typer.Option(help="Stemming for the lexical leg.", show_default="english, or the index's"),
]


def command(
    target: options.Target,
    files: Files,
    encoder: Encoder = None,
    detector: Detector = None,
    text_field: Annotated[str, typer.Option(help="The key or column of the text.")] = "text",
    id_field: IdField = None,
    title_field: Annotated[str, typer.Option(help="The key or column of the title.")] = "title",
    field: Fields = None,
    format: FileFormat = None,
    on_existing: OnExisting = "replace",
    language: Language = None,
    setting: options.Settings = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first refused document.")] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Index files of texts; every other key or column becomes a field.

    A document that cannot be indexed is refused by file and line and the rest goes on; the command then ends with 1.
    """
    with reported(json):
        from hybrid.cli.indexing import Job, run_job
        from hybrid.reading import ReadingOptions

        job = Job(
            target=target,
            files=tuple(files),
            encoder=encoder,
            detector=detector,
            options=ReadingOptions(text_field, id_field, title_field, declarations(field or ())),
            format=format,
            on_existing=on_existing,
            language=language,
            settings=options.parse_settings(setting or ()),
            strict=strict,
        )
        run_job(job, quiet=quiet, as_json=json)


def declarations(texts: Sequence[str]) -> dict[str, Declaration]:
    """`NAME:TYPE` texts to types by name; a name may hold colons."""
    declared: dict[str, Declaration] = {}
    for text in texts:
        name, _, kind = text.rpartition(":")
        if not name or kind not in DECLARATIONS:
            known = ", ".join(DECLARATIONS)
            raise typer.BadParameter(f"{text!r} is no NAME:TYPE; types are {known}", param_hint="--field")
        try:
            check_field_name(name)
        except InvalidDocument as error:
            raise typer.BadParameter(error.reason, param_hint="--field") from None
        declared[name] = DECLARATIONS[kind]
    return declared
