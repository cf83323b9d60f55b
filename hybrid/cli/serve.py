"""`hybrid serve`: the encoder, and an index, over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from hybrid.cli.reporting import reported


def command(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="[TARGET]",
            help="An index that is served as well: a folder, or opensearch://host:9200/index.",
            show_default=False,
        ),
    ] = None,
    bundle: Annotated[
        str | None,
        typer.Option(
            help="A shipped bundle's name or a bundle's folder.",
            show_default="the bundle that made the index, or minilm",
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")] = 8100,
    insecure: Annotated[
        bool,
        typer.Option("--insecure", help="Listen at an address that other machines reach without asking for a key."),
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="A name besides loopback's that requests may call the service by, such as host.docker.internal.",
            show_default=False,
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    dtype: Annotated[str | None, typer.Option(help="float32 or bfloat16.", show_default="the bundle's")] = None,
    waiting: Annotated[int, typer.Option(min=1, help="Requests that may wait; one more is told to come again.")] = 256,
    seconds: Annotated[float, typer.Option(min=0.1, help="Until a request that is not answered is given up.")] = 60.0,
) -> None:
    """Serve a bundle over HTTP, and an index with it.

    Where the environment variable HYBRID_SERVICE_KEY is set, requests must show it as a bearer token; an address that
    other machines reach needs it. The log is a JSON object a line on stderr and holds no texts.
    """
    with reported(encoder="--bundle"):
        from hybrid.encoding.extras import require

        require("the service", "service", "fastapi", "uvicorn", "prometheus_client")
        from hybrid.service.limits import Limits
        from hybrid.service.running import log_to_stderr, serve

        log_to_stderr()
        serve(
            bundle,
            target,
            host=host,
            port=port,
            insecure=insecure,
            allowed=allow_host or (),
            device=device,
            dtype=dtype,
            limits=Limits(waiting=waiting, seconds=seconds),
            listening=lambda address: typer.echo(f"Serving at {address}", err=True),
        )
