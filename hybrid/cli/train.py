"""`hybrid train`: make a bundle from labelled corpora; below it, what is asked before a training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hybrid.cli import options, sweep
from hybrid.cli.group import CommandGroup
from hybrid.cli.reporting import print_json, reported

if TYPE_CHECKING:
    from hybrid.evaluation.figures import Figures
    from hybrid.evaluation.weights import Choice
    from hybrid.training import Report


app = typer.Typer(cls=CommandGroup, invoke_without_command=True, subcommand_metavar="[COMMAND [ARGS]...]")
app.command("sweep")(sweep.command)


@app.callback()
def command(
    ctx: typer.Context,
    data: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=PATH",
            help="A source by its name in the recipe: a labelled corpus (file or folder), WordNet (its dict folder), "
            "or synthetic, which comes with the package.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option(help="The folder to write the bundle to.", show_default=False)],
    detector_data: Annotated[
        Path | None,
        typer.Option(help="The corpus that teaches where mentions are; none, no detector.", show_default=False),
    ] = None,
    dev: Annotated[
        Path | None,
        typer.Option(
            help="The folder of the DEV corpora; their texts are left out of training and R-Precision is told.",
            show_default=False,
        ),
    ] = None,
    recipe: Annotated[
        str, typer.Option(help="Backbone, taps, sources and settings by name: minilm, minilm-frozen, mpnet or smollm2.")
    ] = "minilm",
    teacher: Annotated[
        str | None,
        typer.Option(help="A bundle to learn from beside the labels, by name or folder.", show_default=False),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            help="A folder to keep features and steps in: a run that was cut off goes on.", show_default=False
        ),
    ] = None,
    zero_shot: Annotated[
        bool, typer.Option(help="Leave out every type that the DEV tasks ask for, under this or another name.")
    ] = True,
    decided: Annotated[
        str | None,
        typer.Option(
            metavar="BUNDLE",
            help="Take fusion, calibration and the detector's operating point from a bundle: a zero-shot run's.",
            show_default=False,
        ),
    ] = None,
    early_stopping: Annotated[
        Literal["none", "dev", "held-out"],
        typer.Option(
            help="Keep the tuning's best step by R-Precision on a tenth of the labelled types, which are then not "
            "trained on, or on DEV."
        ),
    ] = "none",
    seed: Annotated[int, typer.Option(help="The seed of the head that ships and of the detector.")] = 1,
    spread: Annotated[int, typer.Option(help="How many seeds are trained, and measured on DEV.")] = 3,
    soup: Annotated[
        bool, typer.Option("--soup", help="Ship the mean of all seeds' weights instead of the first seed's.")
    ] = False,
    measure: Annotated[
        bool, typer.Option(help="With --dev, choose the fusion that auto runs and measure on real indexes.")
    ] = True,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps, for the backbone.")] = "auto",
    dtype: Annotated[
        str, typer.Option(help="What a frozen backbone is read in: float32, or bfloat16 where the processor has it.")
    ] = "float32",
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Train mention heads, a detector and, by recipe, a difference of the backbone, and write them as a bundle."""
    if ctx.invoked_subcommand is not None:
        return
    with reported(json):
        from hybrid.cli.progress import Steps
        from hybrid.training import TrainingConfig, train

        config = TrainingConfig(
            data=corpora(data),
            out=out,
            detector_data=detector_data,
            dev=dev,
            recipe=recipe,
            teacher=teacher,
            cache=cache,
            zero_shot=zero_shot,
            decided=decided,
            early_stopping=early_stopping,
            seed=seed,
            spread=spread,
            soup=soup,
            measure=measure,
            device=device,
            dtype=dtype,
        )
        with Steps(shown=not quiet) as steps:
            report = train(config, steps.show)
        if json:
            print_json(_report_to_json(report))
        elif not quiet:
            for line in report_to_text(report):
                typer.echo(line)


def corpora(texts: Sequence[str]) -> dict[str, Path]:
    """`NAME=PATH` texts to paths by name; a source that comes with the package needs no path."""
    from hybrid.training.sources import synthetic

    named = {}
    for text in texts:
        name, separator, path = text.partition("=")
        if text == synthetic.NAME:
            named[name] = synthetic.FOLDER
            continue
        if not name or not separator or not path:
            raise typer.BadParameter(f"{text!r} is no NAME=PATH", param_hint="--data")
        named[name] = Path(path)
    return named


def _report_to_json(report: Report) -> dict[str, Any]:
    from dataclasses import asdict

    from hybrid.training.calibrating import calibrated_to_json

    manifest = report.bundle.manifest
    return {
        "name": manifest.name,
        "folder": str(report.folder),
        "fingerprint": manifest.fingerprint,
        "sources": [asdict(source) for source in report.sources],
        "detector": report.detector and asdict(report.detector),
        "dev": {str(seed): dict(figures) for seed, figures in report.dev.items()},
        "choice": report.choice and asdict(report.choice),
        "calibration": report.calibrated and calibrated_to_json(report.calibrated),
        "figures": [asdict(figures) for figures in report.figures],
        "mean": dict(report.mean),
        "kept": {str(seed): asdict(own) for seed, own in report.kept.items()},
        "seconds": round(report.seconds, 3),
    }


def report_to_text(report: Report) -> Iterator[str]:
    """What a training gave, a line each."""
    from hybrid.cli.calibration_tables import calibration_to_lines

    for source in report.sources:
        yield f"{source.name}: {source.texts:,} texts, {source.mentions:,} mentions of {source.types:,} types"
    if (found := report.detector) is not None:
        yield (
            f"detector at threshold {found.threshold:g}: precision {found.precision:.3f}, recall {found.recall:.3f}, "
            f"overlap recall {found.overlap_recall:.3f} on {found.held_out:,} held-out sentences"
        )
    for seed, figures in report.dev.items():
        yield f"DEV R-Precision, seed {seed}: " + ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
    if report.mean:
        told = ", ".join(f"{name} {value:.3f}" for name, value in report.mean.items())
        yield f"DEV R-Precision, the mean of their weights: {told}"
    if report.calibrated is not None:
        yield from calibration_to_lines(report.calibrated)
    for seed, own in report.kept.items():
        yield f"early stopping, seed {seed}: step {own.step} was kept, R-Precision {own.score:.3f}"
    if report.choice is not None:
        yield from choice_to_text(report.choice)
    yield from figures_to_text(report.figures)
    manifest = report.bundle.manifest
    yield f"{manifest.name} with fingerprint {manifest.fingerprint}"
    yield f"was written to {report.folder} in {report.seconds:,.0f} s"


def choice_to_text(choice: Choice) -> Iterator[str]:
    """The fusion that `auto` runs, whether it keeps the rule, and what such a choice gives on types it did not see."""
    yield f"auto runs {choice.how}: R-Precision {choice.mean:.3f} on DEV, the typed leg alone {choice.typed:.3f}"
    rule = "it keeps the rule" if choice.keeps else "no fusion keeps the rule"
    yield (
        f"{rule}: with gold mentions {choice.gain:+.3f} over typed; "
        f"on the worst task {choice.worst:+.3f} from the best single leg"
    )
    if (held := choice.held) is not None:
        yield (
            f"chosen on half of the types, on the other half: {held.gain:+.3f} over typed "
            f"({held.low:+.3f} to {held.high:+.3f}), on the worst task {held.worst:+.3f}; "
            f"the rule kept in {held.kept} of {held.halves}"
        )


def figures_to_text(figures: Sequence[Figures]) -> Iterator[str]:
    """R-Precision of every task, a line each, and the means over tasks."""
    from hybrid.evaluation.figures import mean_figures

    for own in figures:
        yield _ways(own.task, own.spans, own.ways)
    for spans in dict.fromkeys(own.spans for own in figures):
        yield _ways("mean", spans, mean_figures(figures, spans))


def _ways(task: str, spans: str, values: Mapping[str, float]) -> str:
    return f"{task}, {spans} mentions: " + ", ".join(f"{way} {value:.3f}" for way, value in values.items())
