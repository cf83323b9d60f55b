"""A service of the test encoder, asked over ASGI; and one that listens, in a process of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
from listening import running

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
