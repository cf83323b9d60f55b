"""A service that listens, until it is told to stop: then what runs is finished."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import math
import os
import socket
import sys
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from hybrid.encoding.protocol import Encoder
from hybrid.encoding.service_client import KEY, key_of
from hybrid.errors import HybridError, InvalidInput
from hybrid.retriever import AsyncRetriever
from hybrid.service.app import create_app
from hybrid.service.guard import names_of_loopback
from hybrid.service.limits import Limits

if TYPE_CHECKING:
    from uvicorn import Server


class CannotListen(HybridError):
    """The address is taken, or is none of this machine's."""


def serve(
    bundle: str | os.PathLike[str] | None = None,
    target: str | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 8100,
    insecure: bool = False,
    allowed: Collection[str] = (),
    device: str = "auto",
    dtype: str | None = None,
    limits: Limits | None = None,
    listening: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve a bundle, and the index at `target`, until SIGINT or SIGTERM; `listening` is told the address.

    `bundle` None is the one that made the index, or `minilm`. The key that requests must show comes from the
    environment variable HYBRID_SERVICE_KEY; `port` 0 takes a free one. `allowed`: names besides loopback's
    that requests may call a service on loopback by, as those of a container do.

    Raises:
        InvalidInput: an address that other machines reach was given without a key and without `insecure`.
        CannotListen: the address cannot be listened at.
        HybridError: what opening the bundle or the index raises.
    """
    key = key_of(os.environ.get(KEY))
    local = is_loopback(host)
    if not local and key is None and not insecure:
        raise InvalidInput(
            f"{host} is reached by other machines, so requests must show a key: set {KEY}, or say --insecure"
        )
    hosts = {*names_of_loopback(host), *allowed} if local and key is None else None
    asyncio.run(_serve(bundle, target, host, port, device, dtype, limits, key, hosts, listening))


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _serve(
    bundle: str | os.PathLike[str] | None,
    target: str | None,
    host: str,
    port: int,
    device: str,
    dtype: str | None,
    limits: Limits | None,
    key: str | None,
    hosts: set[str] | None,
    listening: Callable[[str], None],
) -> None:
    import uvicorn

    from hybrid.encoding.factory import load

    encoder: Encoder | None = (
        None if bundle is None and target is not None else load(bundle or "minilm", device=device, dtype=dtype)
    )
    listener = _listener(host, port)
    with listener:
        retriever = None if target is None else await AsyncRetriever.open(target, encoder=encoder)
        chosen = encoder if retriever is None else retriever.encoder
        assert chosen is not None
        app = create_app(chosen, retriever, limits=limits, key=key, hosts=hosts)
        seconds = (limits or Limits()).seconds
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=max(1, math.ceil(seconds)),
            # What stands in front says who asked; nobody here believes it.
            proxy_headers=False,
        )
        server: Server = uvicorn.Server(config)
        taken = listener.getsockname()[1]
        named = f"[{host}]" if ":" in host else host
        listening(f"http://{named}:{taken}")
        await server.serve(sockets=[listener])


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotListen(f"cannot listen at {host} port {port}: {reason}") from None


def log_to_stderr() -> None:
    """The service's log, a JSON object a line, to stderr; warnings of the server beside it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    for name, level in (("hybrid.service", logging.INFO), ("uvicorn.error", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False
