"""`hybrid rebuild`: encode every document anew."""

from __future__ import annotations

from typing import Annotated

import typer

from hybrid.cli import options
from hybrid.cli.reporting import print_json, reported


def command(
    target: options.Target,
    encoder: Annotated[
        str | None,
        typer.Option(help="The bundle to go over to: a name or a folder.", show_default="the present one"),
    ] = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Encode every document anew, with another bundle or the same; the new index takes the old one's place at the end.

    Readers notice nothing meanwhile, and what goes wrong leaves the old index as it was.
    """
    with reported(json):
        import time

        from hybrid.cli.progress import Progress
        from hybrid.cli.summary import report_to_json, report_to_text
        from hybrid.retriever import Retriever

        begun = time.monotonic()
        with Retriever.open(target, encoder=False) as retriever:
            total = retriever.count()
            with Progress("rebuilding", total, shown=not quiet and not json) as progress:
                report = retriever.rebuild(encoder, progress=lambda so_far: progress.show(so_far, so_far.documents))
        seconds = time.monotonic() - begun
        if json:
            print_json(report_to_json(report, seconds))
        elif not quiet:
            typer.echo(report_to_text(report, seconds, "rebuilt"))
