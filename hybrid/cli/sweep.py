"""`hybrid train sweep`: which layer, which projection of a model tells kinds of entities apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from hybrid.cli import options
from hybrid.cli.reporting import print_json, reported
from hybrid.errors import InvalidInput, shorten

if TYPE_CHECKING:
    from hybrid.evaluation.task import Task
    from hybrid.training.sweep import SweepConfig

T = TypeVar("T", bound=str)

GIGABYTE = 2**30


def command(
    dev: Annotated[
        Path,
        typer.Option(
            help="The folder of the DEV corpora, or of a data set: documents.jsonl and types.json.", show_default=False
        ),
    ],
    backbone: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="The model: package:NAME, gguf:NAME/PATH, hub:REPO@REVISION or folder:PATH.",
            show_default=False,
        ),
    ] = None,
    bundle: Annotated[
        str, typer.Option(help="Without --backbone, the bundle whose published backbone is tried, by name or folder.")
    ] = "minilm",
    states: Annotated[str, typer.Option(help="What is read of a block.")] = "hidden,value,key",
    blocks: Annotated[
        str | None, typer.Option(metavar="N,N-M…", help="Blocks, counted from 0.", show_default="all")
    ] = None,
    pooling: Annotated[str, typer.Option(help="How it is pooled over a mention's tokens.")] = "mean,last,first",
    carrier: Annotated[
        list[str] | None,
        typer.Option(help="What stands around a type's words; several are averaged.", show_default="a {type}"),
    ] = None,
    bos: Annotated[
        bool | None,
        typer.Option(
            "--bos/--no-bos",
            help="Put the token that begins a text before each.",
            show_default="where the model names one",
        ),
    ] = None,
    texts: Annotated[
        int | None, typer.Option(min=1, help="Read a sample of so many texts of each task.", show_default="all")
    ] = None,
    memory: Annotated[
        float,
        typer.Option(min=0.01, help="GB for a task's features; where they take more, blocks are read a few at a time."),
    ] = 2.0,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw heat maps as .png, .svg or .pdf.", show_default=False)
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps, for the backbone.")] = "auto",
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Score every block, projection and pooling of a model by itself, without a head, on gold mentions."""
    with reported(json):
        from hybrid.cli.progress import Steps
        from hybrid.cli.render import console
        from hybrid.cli.sweep_tables import heats_of, sweep_to_json, sweep_to_text
        from hybrid.evaluation.plots import check_plot, plot_heat
        from hybrid.training.sweep import KINDS, POOLS, sweep

        config = replace(
            model_of(backbone, bundle),
            carriers=check_carriers(carrier or ["a {type}"]),
            kinds=parse_names("--states", states, KINDS),
            pools=parse_names("--pooling", pooling, POOLS),
            blocks=None if blocks is None else parse_blocks(blocks),
            texts=texts,
            memory=int(memory * GIGABYTE),
            device=device,
        )
        config = config if bos is None else replace(config, bos=bos)
        if plot is not None:
            check_plot(plot)
        with Steps(shown=not quiet) as steps:
            found = sweep(config, open_dev(dev), steps.show)
        if plot is not None:
            plot_heat(heats_of(found), plot)
        if json:
            for line in sweep_to_json(found, config):
                print_json(line)
        elif not quiet:
            out = console()
            for part in sweep_to_text(found, config):
                out.print(part)


def model_of(source: str | None, bundle: str) -> SweepConfig:
    """A model by its source alone, else the backbone of a bundle, read as the bundle reads it."""
    from hybrid.encoding.bundle import read_manifest
    from hybrid.encoding.factory import locate
    from hybrid.encoding.manifest import BackboneSpec
    from hybrid.training.sweep import SweepConfig

    if source is not None:
        return SweepConfig(BackboneSpec((source,), None, None))
    manifest = read_manifest(locate(bundle))
    return SweepConfig(manifest.backbone, bos=manifest.backbone.bos, windows=manifest.windows)


def open_dev(folder: Path) -> tuple[Task, ...]:
    """The four tasks to develop on where the folder holds their samples, else the one data set that it is."""
    from hybrid.evaluation.datasets import read_dataset
    from hybrid.evaluation.dev import read_dev

    return read_dev(folder) if (folder / "dev" / "samples.json").exists() else (read_dataset(folder),)


def parse_names(option: str, text: str, known: Sequence[T]) -> tuple[T, ...]:
    """Names between commas, in the order of `known`. Raises InvalidInput for one that is not among these."""
    asked = [part.strip() for part in text.split(",")]
    for name in asked:
        if name not in known:
            raise InvalidInput(f"{option} has {shorten(name)}; expected some of {', '.join(known)}, between commas")
    return tuple(own for own in known if own in asked)


def parse_blocks(text: str) -> tuple[int, ...]:
    """Numbers and ranges between commas, `0-5,11`, rising and each once. Raises InvalidInput for anything else."""
    found: set[int] = set()
    for part in text.split(","):
        read = re.fullmatch(r"\s*(\d{1,4})(?:-(\d{1,4}))?\s*", part, re.ASCII)
        if read is None or int(read[2] or read[1]) < int(read[1]):
            raise InvalidInput(f"--blocks has {shorten(part)}; expected blocks such as 0-5,11, counted from 0")
        found.update(range(int(read[1]), int(read[2] or read[1]) + 1))
    return tuple(sorted(found))


def check_carriers(carriers: Sequence[str]) -> tuple[str, ...]:
    """The carriers. Raises InvalidInput for one that does not hold {type} once."""
    for carrier in carriers:
        if carrier.count("{type}") != 1:
            raise InvalidInput(f"--carrier must hold {{type}} once, and {shorten(carrier)} does not")
    return tuple(carriers)
