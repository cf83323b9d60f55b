"""A target or a client to a server: the two places where opensearch-py's clients are made."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

from hybrid.engines.opensearch.access import CONNECTIONS, Access, access_to
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.target import Target
from hybrid.engines.opensearch.transport import AsyncTransport, SyncTransport
from hybrid.errors import InvalidInput

if TYPE_CHECKING:
    from opensearchpy import AsyncOpenSearch, OpenSearch

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def sync_server(target: Target) -> Server:
    """A server that is asked in this thread; credentials come from the target and the environment."""
    from opensearchpy import OpenSearch

    return Server(SyncTransport(OpenSearch(**_options(target, asynchronous=False)), owned=True), str(target))


def async_server(target: Target) -> Server:
    """A server that is awaited."""
    from opensearchpy import AsyncOpenSearch

    return Server(AsyncTransport(AsyncOpenSearch(**_options(target, asynchronous=True)), owned=True), str(target))


def sync_server_of(client: OpenSearch, index: str) -> Server:
    """A server that is asked through a client of the user's, who also closes it."""
    from opensearchpy import OpenSearch

    if not isinstance(client, OpenSearch):
        raise InvalidInput(f"client is {client.__class__.__name__}; expected opensearchpy.OpenSearch")
    return Server(SyncTransport(client, owned=False), index)


def async_server_of(client: AsyncOpenSearch, index: str) -> Server:
    """A server that is awaited through a client of the user's, who also closes it."""
    from opensearchpy import AsyncOpenSearch

    if not isinstance(client, AsyncOpenSearch):
        raise InvalidInput(f"client is {client.__class__.__name__}; expected opensearchpy.AsyncOpenSearch")
    return Server(AsyncTransport(client, owned=False), index)


def _options(target: Target, *, asynchronous: bool) -> dict[str, Any]:
    access = access_to(target, os.environ, asynchronous=asynchronous)
    _warn_of_plain(target, access)
    host: dict[str, Any] = {"host": target.host, "port": target.port}
    if target.prefix:
        host["url_prefix"] = target.prefix
    return {"hosts": [host], "pool_maxsize": CONNECTIONS, **access.options}


def _warn_of_plain(target: Target, access: Access) -> None:
    if access.auth != "none" and not target.secure and target.host not in LOOPBACK:
        warnings.warn(
            f"credentials go to {target} unencrypted; opensearch+https:// encrypts them", UserWarning, stacklevel=2
        )
