"""An engine that is awaited, asked from threads that are not: its event loop runs in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any


class Loop:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(120)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class Awaited:
    """The blocking shape of an `AsyncEngine`."""

    def __init__(self, engine: Any, loop: Loop) -> None:
        self._engine, self._loop = engine, loop

    @property
    def meta(self) -> Any:
        return self._engine.meta

    def scan(self, *, pending: bool = False) -> Iterator[Any]:
        return self._each(self._engine.scan(pending=pending))

    def pending(self) -> Iterator[Any]:
        return self._each(self._engine.pending())

    def documents(self) -> Iterator[Any]:
        return self._each(self._engine.documents())

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **options: self._loop.run(getattr(self._engine, name)(*arguments, **options))

    def _each(self, items: AsyncIterator[Any]) -> Iterator[Any]:
        async def following() -> Any:
            return await anext(items, None)

        while (item := self._loop.run(following())) is not None:
            yield item
