"""`hybrid delete`: documents by id."""

from __future__ import annotations

import typer

from hybrid.cli import options
from hybrid.cli.reporting import print_json, reported


def command(target: options.Target, ids: options.Ids, json: options.Json = False) -> None:
    """Delete documents; ids that are not in the index are passed over."""
    with reported(json):
        from hybrid.retriever import Retriever

        with Retriever.open(target, encoder=False) as retriever:
            gone = retriever.delete(ids)
        if json:
            print_json({"deleted": gone})
        else:
            typer.echo(f"{gone:,} of {len(set(ids)):,} deleted")
