"""The service put together: endpoints, what stands before them, and what it owns while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from orjson import dumps
from starlette.exceptions import HTTPException
from starlette.responses import Response

from hybrid._version import __version__
from hybrid.encoding.protocol import Encoder
from hybrid.encoding.service_client import FINGERPRINT
from hybrid.errors import HybridError
from hybrid.retriever import AsyncRetriever
from hybrid.service.answers import OPENAI, Json, answer_of
from hybrid.service.batcher import Batcher, Closing, Kind, QueueFull
from hybrid.service.encoding import bundle_to_json, embeddings, encodings
from hybrid.service.failures import GONE, Failure, Refused, failure_of
from hybrid.service.guard import BodyRefused, Guard, line_of
from hybrid.service.limits import Limits
from hybrid.service.metrics import Metrics
from hybrid.service.openapi import ALWAYS, ANSWERS, ENGINE_FAILURES, FAILURES, OPENAI_FAILURES
from hybrid.service.requests import (
    ConsoleRequest,
    DocumentsRequest,
    EmbeddingsRequest,
    EncodeRequest,
    FindRequest,
    PlanRequest,
)
from hybrid.service.searching import Index
from hybrid.service.static import add_page

T = TypeVar("T")
log = logging.getLogger("hybrid.service")


def create_app(
    encoder: Encoder,
    retriever: AsyncRetriever | None = None,
    *,
    limits: Limits | None = None,
    key: str | None = None,
    hosts: Collection[str] | None = None,
) -> FastAPI:
    """The service of an encoder, and of an index where `retriever` is given; it is closed with the service.

    `key`: what a request must show, None for nobody's. `hosts`: names that a request may call the service by, None for
    any. Weights are loaded when the service starts; until then `/ready` says no.
    """
    own = limits or Limits()
    service = _Service(encoder, retriever, own)
    app = FastAPI(
        title="hybrid",
        summary="Texts to type-aware vectors, and the texts that mention an entity of a kind.",
        version=__version__,
        # FastAPI's pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=service.running,
        default_response_class=Json,
    )
    app.add_middleware(Guard, metrics=service.metrics, key=key, hosts=hosts, limits=own)
    _handle_failures(app)
    _add_encoding(app, service)
    _add_operations(app, service)
    add_page(app)
    if service.index is not None:
        _add_index(app, service, service.index)
    return app


class _Service:
    """What the endpoints share."""

    def __init__(self, encoder: Encoder, retriever: AsyncRetriever | None, limits: Limits) -> None:
        self.encoder, self.limits, self.metrics = encoder, limits, Metrics()
        self.batcher = Batcher(encoder, limits, self._ran)
        self.index = None if retriever is None else Index(retriever, limits)
        self.metrics.watch_queue(lambda: self.batcher.waiting)
        self.loaded = False

    @asynccontextmanager
    async def running(self, app: FastAPI) -> AsyncIterator[None]:
        """From start to stop; weights are loaded meanwhile."""
        async with AsyncExitStack() as stack:
            if self.index is not None:
                stack.push_async_callback(self.index.retriever.close)
            await stack.enter_async_context(self.batcher)
            loading = asyncio.create_task(self._load())
            try:
                yield
            finally:
                loading.cancel()
                with suppress(asyncio.CancelledError):
                    await loading

    def _ran(self, kind: Kind, texts: int) -> None:
        self.loaded = True
        self.metrics.ran(kind, texts)

    async def _load(self) -> None:
        try:
            await self.batcher.submit("type", ["city"])
        except HybridError as error:
            log.error(
                dumps({"error": type(error).__name__, "detail": f"the bundle cannot be loaded: {error}"}).decode()
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, `/ready` says no and the log why
            log.error(line_of(error))

    async def within(self, request: Request, work: Awaitable[T], *, for_ever: bool = False) -> T:
        """The result of `work`, unless the client goes away or, but for `for_ever`, time is up. Raises Refused then."""
        task = asyncio.ensure_future(work)
        gone = asyncio.create_task(_disconnected(request))
        try:
            seconds = None if for_ever else self.limits.seconds
            await asyncio.wait({task, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            if gone.done():
                raise Refused(Failure(GONE, "client_gone", "the client went away"))
            detail = f"the request took longer than {self.limits.seconds:g} seconds"
            raise Refused(Failure(503, "timeout", detail, retry_after=5))
        finally:
            for own in (task, gone):
                own.cancel()


async def _disconnected(request: Request) -> None:
    """Returns when the client is gone; the body was read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _add_encoding(app: FastAPI, service: _Service) -> None:
    encoder, batcher, limits = service.encoder, service.batcher, service.limits

    @app.post(
        OPENAI,
        tags=["encoding"],
        summary="Vectors, in OpenAI's shape",
        responses={**ANSWERS[OPENAI], **OPENAI_FAILURES},
    )
    async def create_embeddings(asked: EmbeddingsRequest, request: Request) -> Response:
        found = await service.within(request, embeddings(asked, encoder, batcher, limits))
        return Json(found, headers={FINGERPRINT: encoder.fingerprint})

    @app.post(
        "/v1/encode",
        tags=["encoding"],
        summary="Mentions, passages and their vectors",
        responses={**ANSWERS["/v1/encode"], **FAILURES},
    )
    async def encode(asked: EncodeRequest, request: Request) -> Response:
        found = await service.within(request, encodings(asked, encoder, batcher, limits))
        service.metrics.mentions(sum(len(own["mentions"]) for own in found["encodings"]))
        return Json(found)

    @app.get(
        "/v1/bundle", tags=["encoding"], summary="Which bundle is served", responses={**ANSWERS["/v1/bundle"], **ALWAYS}
    )
    async def bundle() -> Response:
        return Json(bundle_to_json(encoder, limits))


def _add_operations(app: FastAPI, service: _Service) -> None:
    @app.get("/health", tags=["operations"], summary="Whether the process lives", responses=ANSWERS["/health"])
    async def health() -> Response:
        return Json({"status": "ok"})

    @app.get(
        "/ready",
        tags=["operations"],
        summary="Whether weights are loaded and the engine answers",
        responses={**ANSWERS["/ready"], 503: FAILURES[503]},
    )
    async def ready() -> Response:
        if not service.loaded:
            raise Refused(Failure(503, "not_ready", "the weights are not loaded", retry_after=1))
        if service.index is not None:
            try:
                async with asyncio.timeout(min(5.0, service.limits.seconds)):
                    await service.index.check()
            except TimeoutError:
                detail = "the engine does not answer"
                raise Refused(Failure(503, "engine_unavailable", detail, retry_after=5)) from None
        return Json({"status": "ready"})

    @app.get(
        "/metrics",
        tags=["operations"],
        summary="Prometheus' text format",
        response_class=Response,
        responses={**ANSWERS["/metrics"], **ALWAYS},
    )
    async def metrics() -> Response:
        return Response(service.metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _add_index(app: FastAPI, service: _Service, index: Index) -> None:
    @app.post(
        "/v1/find",
        tags=["index"],
        summary="Texts that mention an entity of a kind",
        responses={**ANSWERS["/v1/find"], **FAILURES},
    )
    async def find(asked: FindRequest, request: Request) -> Response:
        return Json(await service.within(request, index.find(asked)))

    @app.post(
        "/v1/plan",
        tags=["index"],
        summary="What find would ask, and why",
        responses={**ANSWERS["/v1/plan"], **FAILURES},
    )
    async def plan(asked: PlanRequest, request: Request) -> Response:
        return Json(await service.within(request, index.plan(asked)))

    @app.post(
        "/v1/console",
        tags=["index"],
        summary="The request to OpenSearch that find ranks with, as Dev Tools takes it",
        responses={**ANSWERS["/v1/console"], **FAILURES},
    )
    async def console(asked: ConsoleRequest, request: Request) -> Response:
        return Json(await service.within(request, index.console(asked)))

    @app.get(
        "/v1/index",
        tags=["index"],
        summary="What the index holds and which bundle made it",
        responses={**ANSWERS["/v1/index"], **ALWAYS, **ENGINE_FAILURES},
    )
    async def about(request: Request) -> Response:
        return Json(await service.within(request, index.about()))

    @app.post(
        "/v1/documents", tags=["index"], summary="Index documents", responses={**ANSWERS["/v1/documents"], **FAILURES}
    )
    async def documents(asked: DocumentsRequest, request: Request) -> Response:
        return Json(await service.within(request, index.add(asked), for_ever=True))


def _handle_failures(app: FastAPI) -> None:
    def answered(request: Request, failure: Failure) -> Response:
        request.scope["state"]["code"] = failure.code
        return answer_of(failure, request.url.path)

    async def refused(request: Request, error: Any) -> Response:
        return answered(request, error.failure)

    async def full(request: Request, error: Any) -> Response:
        return answered(request, Failure(429, "queue_full", str(error), retry_after=error.retry_after))

    async def closing(request: Request, error: Any) -> Response:
        return answered(request, Failure(503, "closing", "the service is being stopped", retry_after=5))

    async def library(request: Request, error: Any) -> Response:
        failure = failure_of(error, "input" if request.url.path == OPENAI else "texts")
        if failure.status >= 500:
            log.error(line_of(error))
        return answered(request, failure)

    async def invalid(request: Request, error: Any) -> Response:
        return answered(request, _invalid(error))

    async def http(request: Request, error: Any) -> Response:
        if error.status_code == 400:
            # FastAPI's word for a body that is not even text.
            return answered(request, Failure(422, "not_json", "the body is no JSON in UTF-8"))
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "refused")
        response = answered(request, Failure(error.status_code, code, str(error.detail)))
        response.headers.update(error.headers or {})
        return response

    for kind, handler in (
        (Refused, refused), (BodyRefused, refused), (QueueFull, full), (Closing, closing), (HybridError, library),
        (RequestValidationError, invalid), (HTTPException, http),
    ):  # fmt: skip
        app.add_exception_handler(kind, handler)


def _invalid(error: RequestValidationError) -> Failure:
    """The first thing that is wrong with a body, and where; what was sent is not told again."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        where = f"{first['ctx']['error']} at character {first['loc'][-1]}"
        return Failure(422, "not_json", f"the body is no JSON: {where}")
    # Of the forms that a value may have, the one that got farthest.
    place, message = max(((_place(own["loc"][1:], error.body), own["msg"]) for own in error.errors()), key=_depth)
    if isinstance(error.body, dict) and _are_tokens(error.body.get("input")):
        message = "token ids are not taken, since they are another model's; expected a text or a list of texts"
    pointer = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in place) or None
    return Failure(422, "invalid_request", f"{'.'.join(place) or 'the body'}: {message}", pointer)


def _depth(fault: tuple[list[str], str]) -> int:
    return len(fault[0])


def _are_tokens(value: Any) -> bool:
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, int) or (isinstance(first, list) and bool(first) and isinstance(first[0], int))


def _place(told: Sequence[str | int], body: Any) -> list[str]:
    """The keys and indexes of a part of the body; pydantic also tells which form of several it tried, which is none."""
    place: list[str] = []
    for part in told:
        if isinstance(body, dict) and isinstance(part, str):
            body = body.get(part)
        elif isinstance(body, list) and isinstance(part, int) and part < len(body):
            body = body[part]
        else:
            continue
        place.append(str(part))
    return place
