"""A target or a client to a server: the two places where opensearch-py's clients are made.

Neither client reads HTTP_PROXY and its like, nor .netrc, and neither follows redirections: requests and the credentials
in them go to the server that the target names, or nowhere.
"""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import replace
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from hybrid.engines.opensearch.access import CONNECTIONS, Access, access_to
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.target import Target
from hybrid.engines.opensearch.transport import AsyncTransport, SyncTransport
from hybrid.errors import AccessDenied, InvalidInput

if TYPE_CHECKING:
    from opensearchpy import AsyncHttpConnection, AsyncOpenSearch, OpenSearch


def sync_server(target: Target) -> Server:
    """A server that is asked in this thread; credentials come from the target and the environment.

    Warns:
        UserWarning: credentials go over a network unencrypted.

    Raises:
        InvalidInput, AccessDenied, MissingExtra: see `access_to`.
    """
    from opensearchpy import OpenSearch

    options = _options(target, asynchronous=False)
    if target.secure and not options["ssl_context"].check_hostname:
        _accept_unverified(target.host)
    return Server(SyncTransport(OpenSearch(**options), owned=True), str(target))


def async_server(target: Target) -> Server:
    """A server that is awaited; otherwise as `sync_server`."""
    from opensearchpy import AsyncOpenSearch

    client = AsyncOpenSearch(connection_class=_awaited_connection(), **_options(target, asynchronous=True))
    return Server(AsyncTransport(client, owned=True), str(target))


def sync_server_of(client: OpenSearch, index: str) -> Server:
    """A server that is asked through a client of the user's, who also closes it."""
    from opensearchpy import OpenSearch

    if not isinstance(client, OpenSearch):
        raise InvalidInput(f"client is {_kind(client)}; expected opensearchpy.OpenSearch")
    return Server(SyncTransport(client, owned=False), index)


def async_server_of(client: AsyncOpenSearch, index: str) -> Server:
    """A server that is awaited through a client of the user's, who also closes it."""
    from opensearchpy import AsyncOpenSearch

    if not isinstance(client, AsyncOpenSearch):
        raise InvalidInput(f"client is {_kind(client)}; expected opensearchpy.AsyncOpenSearch")
    return Server(AsyncTransport(client, owned=False), index)


def _kind(client: object) -> str:
    # Not its repr: a client's may hold passwords.
    return f"the class {client.__name__}" if isinstance(client, type) else type(client).__name__


def _options(target: Target, *, asynchronous: bool) -> dict[str, Any]:
    access = access_to(target, os.environ, asynchronous=asynchronous)
    _warn_of_plain(target, access)
    host: dict[str, Any] = {"host": target.host, "port": target.port}
    if target.prefix:
        host["url_prefix"] = target.prefix
    return {"hosts": [host], "pool_maxsize": CONNECTIONS, **access.options}


def _warn_of_plain(target: Target, access: Access) -> None:
    # No error: a mesh or a tunnel may encrypt what looks plain from here, and who wants an error makes it one.
    if access.auth != "none" and not target.secure and not _is_loopback(target.host):
        warnings.warn(
            f"requests with credentials go to {target} unencrypted; {replace(target, secure=True)} encrypts them",
            UserWarning,
            stacklevel=2,
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.removesuffix(".") == "localhost"


def _accept_unverified(host: str) -> None:
    """Keep urllib3 from warning, request by request, of what OPENSEARCH_VERIFY_CERTS=false asks for; of one host."""
    from urllib3.exceptions import InsecureRequestWarning

    warnings.filterwarnings(
        "ignore", f"Unverified HTTPS request is being made to host '{re.escape(host)}'", InsecureRequestWarning
    )


@lru_cache
def _awaited_connection() -> type[AsyncHttpConnection]:
    """The connections of the awaited client; made late, for it takes a while to import opensearch-py."""
    import certifi
    from opensearchpy import AsyncHttpConnection
    from opensearchpy.exceptions import ConnectionError

    class AwaitedConnection(AsyncHttpConnection):
        """As the blocking one: a redirection is the answer, and a request that cannot be signed has failed.

        aiohttp would follow a redirection, with the request's body and a token of AWS, to whatever host it names.
        """

        async def perform_request(self, *arguments: Any, **options: Any) -> Any:
            try:
                return await super().perform_request(*arguments, **options)
            except AccessDenied as error:
                denied = error
            raise ConnectionError("N/A", str(denied), denied)

        async def _create_aiohttp_session(self) -> Any:
            await super()._create_aiohttp_session()
            self.session = _Session(self.session)

        @staticmethod
        def default_ca_certs() -> str:
            """Certificates of a context that the parent's constructor makes and nobody uses."""
            return certifi.where()

    return AwaitedConnection


class _Session:
    """An aiohttp session, as far as opensearch-py uses it."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def request(self, *arguments: Any, **options: Any) -> Any:
        return self._session.request(*arguments, allow_redirects=False, **options)

    async def close(self) -> None:
        await self._session.close()
