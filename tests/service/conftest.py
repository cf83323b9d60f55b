"""A service of the test encoder, asked over ASGI; and one that listens, in a process of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from hybrid.service.app import create_app
from hybrid.testing import FakeEncoder

Serve = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
Listening = Callable[..., str]


@asynccontextmanager
async def serving(encoder: Any = None, retriever: Any = None, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(encoder or FakeEncoder(16), retriever, **options)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8100") as client:
            yield client


@pytest.fixture
def serve() -> Serve:
    return serving


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with serving() as client:
        yield client


@pytest.fixture
def listening() -> Iterator[Listening]:
    """Starts services that listen on loopback, each in a thread with its own loop; gives their addresses."""
    with ExitStack() as stack:
        yield _starting(stack)


@pytest.fixture(scope="module")
def module_listening() -> Iterator[Listening]:
    """`listening`, until the last test of the module."""
    with ExitStack() as stack:
        yield _starting(stack)


def _starting(stack: ExitStack) -> Listening:
    def start(encoder: Any = None, **options: Any) -> str:
        return stack.enter_context(running(create_app(encoder or FakeEncoder(16), **options)))

    return start


@contextmanager
def running(app: Any) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.001)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
