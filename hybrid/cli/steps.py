"""What a command did in a cluster, or with a dry run would do."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from hybrid.cli.reporting import print_json
from hybrid.engines.opensearch.administration import as_console
from hybrid.engines.opensearch.installing import Step


def show_steps(steps: Sequence[Step], *, dry: bool, as_json: bool) -> None:
    """One line a step; with a dry run each step's request as Dev Tools takes it, the sentence as its comment."""
    for step in steps:
        if as_json:
            print_json({"step": step.what, "request": step.request.line, "done": not dry})
        elif dry:
            typer.echo(f"# {step.what}\n{as_console(step.request)}")
        else:
            typer.echo(f"{step.what}: done")
    if not steps and not as_json:
        typer.echo("nothing to do: everything is as it should be")
