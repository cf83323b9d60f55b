"""`hybrid eval`: systems side by side on data sets with gold mentions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from hybrid.cli import options
from hybrid.cli.eval_asked import USUAL
from hybrid.cli.reporting import reported

SpansChoice: TypeAlias = Literal["gold", "detected", "both"]


def command(
    datasets: Annotated[
        list[str],
        typer.Argument(
            metavar="DATASET",
            help="Folders with documents.jsonl and types.json; 'dev' for the tasks to develop on, 'dev/politics' for "
            "one of them.",
        ),
    ],
    systems: Annotated[
        str | None,
        typer.Option(
            help="Names between commas: bm25, typed, dense, fusions such as 'rrf(bm25, dense)', hybrid, rank-bm25, "
            "bm25s, dense:MODEL, splade:MODEL, late:MODEL, values, surface.",
            show_default=f"{','.join(USUAL)} (dense where the bundle has passage vectors); none with --detectors",
        ),
    ] = None,
    spans: Annotated[SpansChoice, typer.Option(help="Mentions that are marked, or that the bundle detects.")] = "both",
    encoder: Annotated[str, typer.Option(help="A shipped bundle's name or a bundle's folder.")] = "minilm",
    baseline: Annotated[
        str | None, typer.Option(help="The system that all others are tested against.", show_default=False)
    ] = None,
    corpora: Annotated[
        Path | None, typer.Option(envvar="HYBRID_CORPORA", help="The folder of the DEV corpora.", show_default=False)
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="opensearch://HOST:PORT",
            help="Run plans on this server, too, in an index that is gone afterwards.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all figures as JSON; '-' for here.", show_default=False)
    ] = None,
    run_dir: Annotated[
        Path | None, typer.Option(help="Write TREC run and qrels files into this folder.", show_default=False)
    ] = None,
    types: Annotated[bool, typer.Option("--types", help="Show each type, too.")] = False,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw R-Precision by type as .png, .svg or .pdf.", show_default=False),
    ] = None,
    budget: Annotated[
        bool,
        typer.Option(
            "--budget",
            help="Split what hybrid loses into its causes; with --plot FILE.png a waterfall in FILE-budget.png.",
        ),
    ] = False,
    zero_shot: Annotated[
        bool,
        typer.Option(
            "--zero-shot",
            help="Tell how near each type is to those that the bundle was trained on, and figures by that distance.",
        ),
    ] = False,
    scale: Annotated[
        bool,
        typer.Option(
            "--scale",
            help="Measure on samples of 1,000 texts, 2,000, 4,000 … and all, too; with --plot FILE.png a plot in "
            "FILE-scale.png.",
        ),
    ] = False,
    sizes: Annotated[
        str | None, typer.Option(metavar="N,N…", help="Other numbers of texts for --scale.", show_default=False)
    ] = None,
    draws: Annotated[
        int, typer.Option(min=1, help="How often --scale draws each sample; figures are means, with their spread.")
    ] = 1,
    dimensions: Annotated[
        str | None,
        typer.Option(
            metavar="N,N…",
            help="Measure typed with mention vectors cut to these widths, too; with --plot FILE.png a plot in "
            "FILE-dimensions.png.",
            show_default=False,
        ),
    ] = None,
    paper: Annotated[
        bool, typer.Option("--paper", help="Tell figures by the protocol of NER Retriever's published code, too.")
    ] = False,
    calibration: Annotated[
        bool, typer.Option("--calibration", help="Tell how far the bundle's probabilities can be believed, too.")
    ] = False,
    detectors: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,NAME…",
            help="Measure how well these find mentions: gold, bundle:NAME, hf:MODEL, gliner:MODEL, "
            "'gliner:MODEL(label, …, threshold=.3)', spacy:MODEL.",
            show_default=False,
        ),
    ] = None,
    detectors_typed: Annotated[
        bool, typer.Option("--detectors-typed", help="With --detectors: R-Precision of typed on what each finds, too.")
    ] = False,
    quiet: options.Quiet = False,
) -> None:
    """Measure how well systems find the texts that mention a kind of entity: R-Precision first, macro over types."""
    to_stdout = json is not None and str(json) == "-"
    with reported(to_stdout):
        from hybrid.cli.comparing import compare
        from hybrid.cli.eval_asked import Asked

        compare(
            Asked(
                datasets=tuple(datasets),
                systems=systems,
                spans=("gold", "detected") if spans == "both" else (spans,),
                encoder=encoder,
                baseline=baseline,
                corpora=corpora,
                target=target,
                json=json,
                run_dir=run_dir,
                types=types,
                plot=plot,
                budget=budget,
                zero_shot=zero_shot,
                scale=scale,
                sizes=sizes,
                draws=draws,
                dimensions=dimensions,
                paper=paper,
                calibration=calibration,
                detectors=detectors,
                detectors_typed=detectors_typed,
                quiet=quiet,
            )
        )
