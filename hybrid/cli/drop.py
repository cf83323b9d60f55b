"""`hybrid drop`: what `setup` installed, out of a cluster again."""

from __future__ import annotations

from typing import Annotated

import typer

from hybrid.cli import options
from hybrid.cli.reporting import reported


def command(
    target: options.ServerTarget,
    index: Annotated[
        bool, typer.Option("--index", help="Delete the index with its documents, too; asks for its name.")
    ] = False,
    dashboards: options.Dashboards = None,
    dry_run: options.DryRun = False,
    json: options.Json = False,
) -> None:
    """Take pipelines, models and connectors out of an OpenSearch cluster; the documents stay, unless told otherwise."""
    with reported(json):
        from hybrid.cli.steps import show_steps
        from hybrid.engines.opensearch.administration import drop
        from hybrid.engines.opensearch.target import parse_target

        name = parse_target(target).index
        if index and not dry_run:
            typed = typer.prompt(f"All documents of {name} will be gone. Type the index's name to go on", err=True)
            if typed.strip() != name:
                raise typer.BadParameter(f"{typed.strip()!r} is not {name!r}; nothing was done", param_hint="--index")
        show_steps(drop(target, index=index, dashboards=dashboards, dry=dry_run), dry=dry_run, as_json=json)
