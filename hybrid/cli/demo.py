"""`hybrid demo`: index the texts that ship, ask eight questions in three ways."""

from __future__ import annotations

from typing import Annotated

import typer

from hybrid.cli import options
from hybrid.cli.reporting import reported


def command(
    target: Annotated[
        str,
        typer.Option(help="The demo's index, a folder or opensearch://host:9200/index; it is left to play with."),
    ] = "./demo-index",
    encoder: Annotated[
        str, typer.Option(help="A shipped bundle's name, a bundle's folder, or a service: http://host:8100.")
    ] = "minilm",
    json: options.Json = False,
) -> None:
    """Index the texts that ship and ask eight questions by BM25, by dense vectors and by both with types."""
    with reported(json):
        from hybrid.cli.demonstration import demonstrate

        demonstrate(target, encoder, as_json=json)
