"""`hybrid bundle`: look at bundles, measure and finish them, make one of a head that was trained elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from hybrid.cli import options
from hybrid.cli.reporting import print_json, reported

app = typer.Typer(help="Bundles: all that turns text into vectors.", no_args_is_help=True)


@app.command("list")
def list_bundles(json: options.Json = False) -> None:
    """List the bundles that ship."""
    with reported(json):
        from hybrid.encoding.bundle import read_manifest
        from hybrid.encoding.factory import locate, shipped

        for name in shipped():
            manifest = read_manifest(locate(name))
            if json:
                print_json({"name": name, "version": manifest.version, "fingerprint": manifest.fingerprint})
            else:
                typer.echo(f"{name}  {manifest.version}  {manifest.fingerprint[:12]}")


@app.command("show")
def show_bundle(
    bundle: Annotated[
        str, typer.Argument(metavar="BUNDLE", help="A shipped bundle's name or a bundle's folder.")
    ] = "minilm",
    json: options.Json = False,
) -> None:
    """Show what a bundle says of itself; its weights are read and checked against its fingerprint."""
    with reported(json):
        from hybrid.encoding.bundle import describe, load_bundle
        from hybrid.encoding.factory import locate

        manifest = load_bundle(locate(bundle)).manifest
        if json:
            print_json(describe(manifest))
        else:
            for name, value in _lines(describe(manifest)):
                typer.echo(f"{name:<14}{value}")


@app.command("import")
def import_bundle(
    head: Annotated[
        str, typer.Argument(metavar="HEAD", help="The head's .pth file, as NER Retriever's authors save it.")
    ],
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="The folder to write the bundle to.")],
    source: Annotated[
        list[str],
        typer.Option(
            help="Where the backbone lies: hub:REPO@COMMIT, folder:PATH, gguf:NAME/PATH, package:NAME; "
            "several are tried in order.",
            show_default=False,
        ),
    ],
    name: Annotated[str | None, typer.Option(help="The bundle's name.", show_default="the folder's")] = None,
    tap: Annotated[str, typer.Option(help="Where the head reads the backbone.")] = "value@17:last",
    width: Annotated[int, typer.Option(help="How many numbers the tap gives.")] = 1024,
    sha256: Annotated[
        str | None, typer.Option(help="The hash of the backbone's weights; needless for hub:REPO@COMMIT.")
    ] = None,
    tokenizer_sha256: Annotated[str | None, typer.Option(help="The hash of its tokenizer, likewise.")] = None,
    licence: Annotated[str, typer.Option(help="The licence of the head.")] = "unknown",
    json: options.Json = False,
) -> None:
    """Make a bundle of the paper authors' projection head; no code in the file is run."""
    with reported(json):
        from hybrid.encoding.bundle import describe
        from hybrid.encoding.importing import import_head

        bundle = import_head(
            head,
            out=folder,
            name=name or Path(folder).resolve().name,
            sources=source,
            sha256=sha256,
            tokenizer_sha256=tokenizer_sha256,
            licence=licence,
            tap=tap,
            width=width,
        )
        if json:
            print_json(describe(bundle.manifest))
        else:
            typer.echo(f"{bundle.manifest.name} was written to {folder}, fingerprint {bundle.manifest.fingerprint}")


Bundle: TypeAlias = Annotated[Path, typer.Argument(metavar="FOLDER", help="A bundle's folder.")]
Dev: TypeAlias = Annotated[Path, typer.Option(help="The folder of the DEV corpora.", show_default=False)]


@app.command("learn-weights")
def learn_bundle_weights(folder: Bundle, dev: Dev, quiet: options.Quiet = False, json: options.Json = False) -> None:
    """Choose the fusion that auto runs on the DEV tasks, and write it into the bundle."""
    with reported(json):
        from dataclasses import asdict

        from hybrid.cli.progress import Steps
        from hybrid.cli.train import choice_to_text
        from hybrid.training import learn_weights

        with Steps(shown=not quiet) as steps:
            choice = learn_weights(folder, dev, steps.show)
        if json:
            print_json(asdict(choice))
        elif not quiet:
            for line in choice_to_text(choice):
                typer.echo(line)


@app.command("calibrate")
def calibrate_bundle(folder: Bundle, dev: Dev, quiet: options.Quiet = False, json: options.Json = False) -> None:
    """Learn on the DEV tasks how probable a match is, given its cosine, and write it into the bundle."""
    with reported(json):
        from hybrid.cli.calibration_tables import calibration_to_text
        from hybrid.cli.progress import Steps
        from hybrid.cli.render import console
        from hybrid.training import calibrate

        with Steps(shown=not quiet) as steps:
            chosen = calibrate(folder, dev, steps.show)
        if json:
            from hybrid.training.calibrating import calibrated_to_json

            print_json(calibrated_to_json(chosen))
        elif not quiet:
            out = console()
            for part in calibration_to_text(chosen):
                out.print(part)


@app.command("evaluate")
def evaluate_bundle(
    folder: Bundle,
    dev: Dev,
    write: Annotated[bool, typer.Option("--write", help="Put the figures into the bundle and its card.")] = False,
    json: options.Json = False,
) -> None:
    """Measure a bundle on the DEV tasks, each leg by itself and what auto runs."""
    with reported(json):
        from dataclasses import asdict

        from hybrid.cli.progress import Steps
        from hybrid.cli.train import figures_to_text
        from hybrid.training import evaluate

        with Steps() as steps:
            measured = evaluate(folder, dev, steps.show, write=write)
        if json:
            for figures in measured:
                print_json(asdict(figures))
        else:
            for line in figures_to_text(measured):
                typer.echo(line)


def _lines(shape: Mapping[str, object]) -> list[tuple[str, str]]:
    import orjson

    return [
        (name, value if isinstance(value, str) else orjson.dumps(value).decode())
        for name, value in shape.items()
        if value is not None
    ]
