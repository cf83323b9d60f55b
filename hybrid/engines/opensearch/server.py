"""One request after another to a server, tried again where that does no harm."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from typing import Any

from hybrid.engines.opensearch.bulk import BulkRun
from hybrid.engines.opensearch.faults import error_of, failed, fault_within, reason_of
from hybrid.engines.opensearch.messages import Failure, Request, Response
from hybrid.engines.opensearch.retrying import READING, WRITING, may_pass
from hybrid.engines.opensearch.transport import Transport
from hybrid.engines.opensearch.versions import Version, version_of
from hybrid.errors import ServerError


class Server:
    """A transport with a name for messages: `what` is the target without secrets."""

    def __init__(self, transport: Transport, what: str) -> None:
        self.transport, self.what = transport, what

    async def ask(
        self, request: Request, *, accept: Collection[int] = (), twice: bool = True, patient: bool = False
    ) -> Response:
        """An answer whose status is a success or in `accept`.

        Args:
            request: what to send.
            accept: statuses that the caller reads himself.
            twice: whether the request does no harm when it is done twice, so that it may be tried again.
            patient: whether to wait as a writer does, and not as a reader.

        Raises:
            HybridError: what the server answered otherwise, or that it did not.
        """
        backoff = WRITING if patient else READING
        for attempt in range(1, backoff.attempts + 1):
            outcome = _whole(request, await self.transport.send(request))
            if isinstance(outcome, Response) and (outcome.ok or outcome.status in accept):
                return outcome
            if attempt == backoff.attempts or not twice or not may_pass(outcome):
                break
            asked = outcome.retry_after if isinstance(outcome, Response) else None
            await self.transport.sleep(backoff.wait(attempt, asked))
        raise failed(outcome, self.what) if isinstance(outcome, Failure) else error_of(outcome, self.what)

    async def look(self, request: Request) -> Any:
        """What is there; None for nothing."""
        response = await self.ask(request, accept=(400, 404))
        if response.status == 400 and "no handler found" not in reason_of(response):
            raise error_of(response, self.what)
        # A part that has no address is a plugin that is not there: nothing of it is installed.
        return response.body if response.ok else None

    async def run(self, bulk: BulkRun) -> None:
        """Send a bulk run to its end, which may be an error of its own."""
        await self.transport.drive(bulk)

    async def version(self) -> Version:
        """What the server is.

        Warns:
            UserWarning: this version was not tested.

        Raises:
            ServerError: it is no OpenSearch.
        """
        body: Any = (await self.ask(Request("GET", "/"))).body
        found: Any = body.get("version") if isinstance(body, dict) else None
        number = found.get("number") if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(number, str):
            raise ServerError(f"{self.what}: what answers there is no OpenSearch")
        if found.get("distribution") != "opensearch":
            raise ServerError(
                f"{self.what}: the server calls itself version {number} of something that is not OpenSearch; if it is, "
                "compatibility.override_main_response_version hides its version: set it to false"
            )
        version, warning = version_of(number)
        if warning is not None:
            warnings.warn(warning, UserWarning, stacklevel=2)
        return version


def _whole(request: Request, outcome: Response | Failure) -> Response | Failure:
    """An answer as it is, or what is wrong with it although its status is a success."""
    if isinstance(outcome, Failure) or not outcome.ok:
        return outcome
    if not isinstance(outcome.body, Mapping):
        return Failure(
            "malformed", f"the server's answer to {request.line} is no JSON object; is there a proxy before it?"
        )
    return fault_within(outcome.body) or outcome
