"""`hybrid setup`: what an index needs, into a cluster."""

from __future__ import annotations

from typing import Annotated

import typer

from hybrid.cli import options
from hybrid.cli.reporting import reported


def command(
    target: options.ServerTarget,
    encoder: options.Encoder = None,
    service: Annotated[
        str | None,
        typer.Option(
            help="The address at which the cluster reaches an encoder service, http://host:8100: installs connectors, "
            "models and an ingest pipeline, and asks each model once.",
            show_default=False,
        ),
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Let ML Commons call the service where the cluster's settings forbid it.")
    ] = False,
    dashboards: options.Dashboards = None,
    setting: options.Settings = None,
    dry_run: options.DryRun = False,
    json: options.Json = False,
) -> None:
    """Put an index with its pipelines into an OpenSearch cluster, or bring them up to date.

    What is there as it should be is left alone, so the command may be run again and again. The key of an encoder
    service is taken from the environment variable HYBRID_SERVICE_KEY.
    """
    with reported(json):
        from hybrid.cli.steps import show_steps
        from hybrid.engines.opensearch.administration import set_up

        settings = options.parse_settings(setting or ())
        if trust and service is None:
            raise typer.BadParameter("goes with --service", param_hint="--trust")
        steps = set_up(
            target,
            bundle=encoder,
            settings=settings,
            service=service,
            trust=trust,
            dashboards=dashboards,
            dry=dry_run,
        )
        show_steps(steps, dry=dry_run, as_json=json)
