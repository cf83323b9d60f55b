"""What stands before every endpoint, as plain ASGI: who may ask, how much, and what is written down of it.

A middleware of this kind leaves `receive` to the endpoint, which hears of a client that goes away.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import time
import traceback
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson
from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hybrid.service import static
from hybrid.service.answers import answer_of
from hybrid.service.failures import GONE, Failure

if TYPE_CHECKING:
    from hybrid.service.limits import Limits
    from hybrid.service.metrics import Metrics

log = logging.getLogger("hybrid.service")
PROBES = ("/health", "/ready")
REQUEST_ID = "x-request-id"
UNFORESEEN = Failure(500, "internal_error", "the log of the service tells what happened")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


class Guard:
    """Checks a request's host, key, type and size; gives it an id, measures it and logs it, without its texts."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, key: str | None, hosts: Collection[str] | None, limits: Limits
    ) -> None:
        """`hosts`: names that a request may call the service by, None for any."""
        self._app, self._metrics, self._key, self._hosts = app, metrics, key, hosts
        self._body_bytes, self._seconds = limits.body_bytes, limits.seconds
        self._open = open_paths()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get(REQUEST_ID, "")
        request_id = given if _ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["code"] = None
        begun, status, begun_to_answer = time.monotonic(), 500, False

        async def told(message: Message) -> None:
            nonlocal status, begun_to_answer
            if message["type"] == "http.response.start":
                status, begun_to_answer = message["status"], True
                own = MutableHeaders(scope=message)
                own[REQUEST_ID] = request_id
                for name, value in SECURITY.items():
                    own.setdefault(name, value)
            await send(message)

        failure = self._refusal(scope, headers)
        try:
            if failure is not None:
                scope["state"]["code"] = failure.code
                await answer_of(failure, scope["path"])(scope, receive, told)
            else:
                await self._app(scope, self._counted(receive), told)
        except Exception as error:  # noqa: BLE001 - the last one who can answer
            log.error(line_of(error, request_id))
            scope["state"]["code"] = UNFORESEEN.code
            if not begun_to_answer:
                await answer_of(UNFORESEEN, scope["path"])(scope, receive, told)
        finally:
            self._tell(scope, request_id, status, time.monotonic() - begun)

    def _refusal(self, scope: Scope, headers: Headers) -> Failure | None:
        if self._hosts is not None and _host(headers.get("host", "")) not in self._hosts:
            # A page of another site whose name was made to point here (DNS rebinding) calls the service by that name.
            return Failure(421, "unknown_host", "the service is not known by this name; start it with --allow-host")
        if self._key is not None and scope["path"] not in self._open and not _has_key(headers, self._key):
            return Failure(401, "key_missing", "expected the header Authorization: Bearer KEY with the service's key")
        if scope["method"] in ("POST", "PUT", "PATCH"):
            # A form of another site's page cannot send this type without asking first.
            if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
                return Failure(415, "not_json", "expected a body of the type application/json")
            length = headers.get("content-length", "0")
            if length.isdecimal() and int(length) > self._body_bytes:
                return self._too_large()
        return None

    def _too_large(self) -> Failure:
        return Failure(413, "body_too_large", f"a body may have {self._body_bytes:,} bytes", hangs_up=True)

    def _counted(self, receive: Receive) -> Receive:
        """A body is counted as it comes, and has to come; what comes after it is the client's going away."""
        seen, whole, until = 0, False, time.monotonic() + self._seconds

        async def counted() -> Message:
            nonlocal seen, whole
            if whole:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), until - time.monotonic())
            except TimeoutError:
                detail = f"the body did not come within {self._seconds:g} seconds"
                raise BodyRefused(Failure(408, "body_too_slow", detail, hangs_up=True)) from None
            if message["type"] == "http.disconnect":
                raise BodyRefused(Failure(GONE, "client_gone", "the client went away"))
            seen += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if seen > self._body_bytes:
                raise BodyRefused(self._too_large())
            return message

        return counted

    def _tell(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = scope.get("route")
        endpoint = getattr(route, "path", None) or (scope["path"] if scope["path"] in PROBES else "other")
        method = scope["method"] if scope["method"] in ("GET", "POST", "HEAD", "OPTIONS") else "other"
        code = scope["state"]["code"]
        self._metrics.answered(method, endpoint, status, seconds)
        if code is not None:
            self._metrics.failed(code)
        line: dict[str, Any] = {"request": request_id, "method": method, "endpoint": endpoint, "status": status}
        line["ms"] = round(seconds * 1000, 1)
        if code is not None:
            line["code"] = code
        log.info(orjson.dumps(line).decode())


class BodyRefused(HTTPException):
    """More came than may, or too slowly; carries the answer.

    It is of FastAPI's own kind, which takes any other for a body that is no JSON.
    """

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.status, failure.detail)


def line_of(error: BaseException, request_id: str | None = None) -> str:
    """An error as a line of the log: its kind and where it came from. Its message may quote a text and is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return orjson.dumps({"request": request_id, "error": type(error).__name__, "at": where[-12:]}).decode()


def open_paths() -> frozenset[str]:
    """What is answered without a key: whether the service is there, and the page that asks for the key; no data."""
    return frozenset((*PROBES, *static.files()))


def names_of_loopback(host: str) -> Iterable[str]:
    """What a service on this machine alone is called."""
    return {"127.0.0.1", "localhost", "::1", host}


def _has_key(headers: Headers, key: str) -> bool:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    # Compared in constant time, so that an answer's delay tells nothing of the key.
    same = hmac.compare_digest(given.strip().encode(), key.encode())
    return same and scheme.lower() == "bearer"


def _host(header: str) -> str:
    """The name of a Host header without its port."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower()
