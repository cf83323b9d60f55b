"""`hybrid count`: how many documents."""

from __future__ import annotations

import typer

from hybrid.cli import options
from hybrid.cli.reporting import print_json, reported


def command(target: options.Target, json: options.Json = False) -> None:
    """Print how many documents can be found."""
    with reported(json):
        from hybrid.retriever import Retriever

        with Retriever.open(target, encoder=False) as retriever:
            count = retriever.count()
        if json:
            print_json({"documents": count})
        else:
            typer.echo(count)
