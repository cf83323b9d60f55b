"""`hybrid complete`: encode the documents that wait for it."""

from __future__ import annotations

import typer

from hybrid.cli import options
from hybrid.cli.reporting import print_json, reported


def command(
    target: options.Target,
    encoder: options.Encoder = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Encode every document that waits for it, as index would: those that came through an ingest pipeline.

    One that somebody changes meanwhile is left as it is; run the command again then. Refused documents go on waiting,
    and the command ends with 1.
    """
    with reported(json):
        import time
        from dataclasses import replace

        from hybrid.cli.progress import Progress
        from hybrid.cli.summary import refusals_to_text, report_to_json, report_to_text
        from hybrid.retriever import Retriever

        begun = time.monotonic()
        with Retriever.open(target, encoder=encoder) as retriever:
            total = retriever.statistics().pending
            with Progress("completing", total, shown=not quiet and not json) as progress:
                report = retriever.complete(progress=lambda so_far: progress.show(so_far, so_far.documents))
        seconds = time.monotonic() - begun
        if json:
            print_json(report_to_json(report, seconds))
        else:
            for line in refusals_to_text(report):
                typer.echo(line, err=True)
            if not quiet:
                typer.echo(report_to_text(replace(report, replaced=0), seconds, "completed"))
        if report.refused:
            raise typer.Exit(1)
