"""The two drivers: they send what the core hands them, through opensearch-py's connections, and wait.

opensearch-py picks the node, authenticates and verifies certificates. Its own retries are not used (they hide whether a
write was sent twice), nor its JSON (it is the slower one): requests go out as bytes and answers come back as text.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from hybrid.engines.opensearch.messages import Failure, Request, Response
from hybrid.errors import HybridError, shorten

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opensearchpy import AsyncOpenSearch, OpenSearch
    from opensearchpy.exceptions import TransportError

    from hybrid.engines.opensearch.bulk import BulkRun, Chunk

# Every status is an answer that the core reads.
ANSWERED: Collection[int] = range(300, 600)


class Transport(Protocol):
    """What the core needs from the world."""

    async def send(self, request: Request) -> Response | Failure:
        """One request, once."""
        ...

    async def drive(self, run: BulkRun) -> None:
        """Send a run's chunks, several at a time, until it is done."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def alone(self) -> AbstractAsyncContextManager[None]:
        """One at a time: writes of several threads or tasks."""
        ...

    async def close(self) -> None:
        """Close connections that are ours."""
        ...


class SyncTransport:
    """Never waits in the sense of `await`: it blocks. May be used by several threads."""

    def __init__(self, client: OpenSearch, *, owned: bool) -> None:
        """`owned`: whether `close` closes the client."""
        self._client, self._owned = client, owned
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    async def send(self, request: Request) -> Response | Failure:
        """See `Transport.send`."""
        return self._send(request)

    async def drive(self, run: BulkRun) -> None:
        """See `Transport.drive`."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(run.in_flight, "hybrid-bulk")
        flying: dict[Future[Response | Failure], Chunk] = {}
        try:
            while not run.done:
                while len(flying) < run.in_flight and (chunk := run.take(time.monotonic())):
                    flying[self._pool.submit(self._send, chunk.request)] = chunk
                pause = _pause(run, len(flying))
                if not flying:
                    time.sleep(pause or 0.0)
                    continue
                for answered in wait(flying, pause, FIRST_COMPLETED).done:
                    run.settle(flying.pop(answered), answered.result(), time.monotonic())
        finally:
            # What is on its way when the run is interrupted must not arrive after what is written next.
            wait(flying)

    async def sleep(self, seconds: float) -> None:
        """See `Transport.sleep`."""
        time.sleep(seconds)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """See `Transport.alone`."""
        with self._lock:
            yield

    async def close(self) -> None:
        """See `Transport.close`."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        if self._owned:
            self._client.close()

    def _send(self, request: Request) -> Response | Failure:
        from opensearchpy.exceptions import TransportError

        transport = self._client.transport
        connection = transport.get_connection()
        try:
            answer = connection.perform_request(**_arguments(request))
        except TransportError as error:
            with suppress(TransportError):  # a client that looks for other nodes then may fail too
                transport.mark_dead(connection)
            return _failure(error, connection.host, request)
        transport.connection_pool.mark_live(connection)
        return _response(request, *answer)


class AsyncTransport:
    """Waits with `await`; belongs to the event loop that it is first used in."""

    def __init__(self, client: AsyncOpenSearch, *, owned: bool) -> None:
        """`owned`: whether `close` closes the client."""
        import asyncio

        self._client, self._owned = client, owned
        self._lock = asyncio.Lock()
        self._ready = False

    async def send(self, request: Request) -> Response | Failure:
        """See `Transport.send`."""
        from opensearchpy.exceptions import TransportError

        if not self._ready:
            # Makes the connections, which belong to the running event loop.
            await self._client.__aenter__()
            self._ready = True
        transport = self._client.transport
        connection = transport.get_connection()
        try:
            answer = await connection.perform_request(**_arguments(request))
        except TransportError as error:
            with suppress(TransportError):  # a client that looks for other nodes then may fail too
                transport.mark_dead(connection)
            return _failure(error, connection.host, request)
        transport.connection_pool.mark_live(connection)
        return _response(request, *answer)

    async def drive(self, run: BulkRun) -> None:
        """See `Transport.drive`."""
        import asyncio

        flying: dict[asyncio.Task[Response | Failure], Chunk] = {}
        try:
            while not run.done:
                while len(flying) < run.in_flight and (chunk := run.take(time.monotonic())):
                    flying[asyncio.create_task(self.send(chunk.request))] = chunk
                pause = _pause(run, len(flying))
                if not flying:
                    await asyncio.sleep(pause or 0.0)
                    continue
                answered, _ = await asyncio.wait(flying, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                for task in answered:
                    run.settle(flying.pop(task), task.result(), time.monotonic())
        finally:
            # As above; who cancels a second time does not wait.
            try:
                if flying:
                    await asyncio.wait(flying)
            finally:
                for task in flying:
                    task.cancel()

    async def sleep(self, seconds: float) -> None:
        """See `Transport.sleep`."""
        import asyncio

        await asyncio.sleep(seconds)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """See `Transport.alone`."""
        async with self._lock:
            yield

    async def close(self) -> None:
        """See `Transport.close`."""
        if self._owned:
            await self._client.close()


def _pause(run: BulkRun, flying: int) -> float | None:
    """How long to wait for an answer; while no more can be sent it does not matter what else is due."""
    return None if flying == run.in_flight else run.pause(time.monotonic())


def _arguments(request: Request) -> dict[str, Any]:
    lines = {"content-type": "application/x-ndjson"} if request.path.endswith(("/_bulk", "/_msearch")) else {}
    return {
        "method": request.method,
        "url": request.path,
        "params": dict(request.params) or None,
        "body": request.body,
        "timeout": request.timeout,
        "ignore": ANSWERED,
        "headers": {**lines, **request.headers} or None,
    }


def _response(request: Request, status: int, headers: Mapping[str, str], text: str) -> Response | Failure:
    try:
        body = orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        if status < 400:
            kind = headers.get("content-type") or "something"
            return Failure(
                "malformed",
                f"the server answered {request.method} {request.path} with {kind} that is no JSON ({status}); is there "
                "a proxy or a sign-in page before it?",
            )
        # Gateways write pages of their own; the status says enough.
        body = None
    return Response(status, body, len(text), _seconds(headers.get("retry-after")))


def _failure(error: TransportError, host: str, request: Request) -> Failure:
    import ssl

    from opensearchpy.exceptions import ConnectionTimeout, SSLError

    cause = error.info if len(error.args) > 2 else error
    if isinstance(cause, HybridError):
        return Failure("no credentials", str(cause))
    if isinstance(error, SSLError) or isinstance(cause, ssl.SSLError):
        # aiohttp wraps the error that says what is wrong.
        why = str(getattr(cause, "certificate_error", cause))
        if "WRONG_VERSION_NUMBER" in why:
            return Failure("refused certificate", f"{host} speaks no TLS; without it the target is opensearch://")
        return Failure("refused certificate", f"no trusted connection to {host}: {shorten(why, 200)}")
    if isinstance(cause, UnicodeDecodeError):
        return Failure("malformed", f"{host} answered with something that is no JSON; is there a proxy before it?")
    if isinstance(error, ConnectionTimeout):
        return Failure("timeout", f"{host} did not answer in time")
    if isinstance(cause, _never_connected()):
        return Failure("unreachable", f"nothing answers at {host}")
    # The first request of all, where a port may be another one than was meant.
    hint = (
        "; if it expects TLS, the target is opensearch+https://" if (request.path, host[:5]) == ("/", "http:") else ""
    )
    return Failure("lost", f"the connection to {host} broke off before the answer ({type(cause).__name__}){hint}")


def _never_connected() -> tuple[type[BaseException], ...]:
    import aiohttp
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    return NewConnectionError, ConnectTimeoutError, aiohttp.ClientConnectorError


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else max(0.0, float(text))
    except ValueError:
        # A date: the server's clock is not ours.
        return None
