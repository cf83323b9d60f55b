"""One code for a sync and an async face: it is written with `await`, and what it awaits decides whether it waits.

`finish` runs code that never waits, to its end, in the caller's thread. `Adapted` gives an engine that blocks the shape
of one that is awaited; its `call` says where the blocking work is done.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any, ParamSpec, Protocol, TypeVar

from hybrid.documents import Document, EncodedDocument, Hits, Leg, MadeBy
from hybrid.engines.protocol import Centroid, Engine, IndexMeta, Pending, Place, Revision, Statistics, WriteReport
from hybrid.planning.plan import BoundPlan

P = ParamSpec("P")
T = TypeVar("T")

CHUNK = 64


class Call(Protocol):
    """Where a function that blocks is run."""

    async def __call__(self, function: Callable[P, T], /, *arguments: P.args, **options: P.kwargs) -> T:
        """The function's result."""
        ...


async def here(function: Callable[P, T], /, *arguments: P.args, **options: P.kwargs) -> T:
    """Run a function at once, in this thread."""
    return function(*arguments, **options)


async def in_thread(function: Callable[P, T], /, *arguments: P.args, **options: P.kwargs) -> T:
    """Run a function in a thread; a caller who is cancelled leaves it to its end and drops the result."""
    # asyncio is imported where it runs: it would be a fifth of what `import hybrid` takes.
    import asyncio

    return await asyncio.to_thread(function, *arguments, **options)


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("a coroutine that was to run to its end waits for something")


def finish_each(items: AsyncIterator[T]) -> Iterator[T]:
    """The items of an asynchronous generator that never waits."""
    try:
        while True:
            try:
                item: T = finish(items.__anext__())  # type: ignore[arg-type]  # an awaitable that can be sent to
            except StopAsyncIteration:
                return
            yield item
    finally:
        finish(items.aclose())  # type: ignore[attr-defined]


class Adapted:
    """Implements `hybrid.engines.protocol.AsyncEngine` on an engine that blocks."""

    def __init__(self, engine: Engine, call: Call) -> None:
        self._engine, self._call = engine, call

    @property
    def meta(self) -> IndexMeta:
        """`Engine.meta`."""
        return self._engine.meta

    @property
    def place(self) -> Place:
        """`Engine.place`."""
        return self._engine.place

    @property
    def cheap_refresh(self) -> bool:
        """`Engine.cheap_refresh`."""
        return self._engine.cheap_refresh

    async def write(
        self,
        batch: Sequence[EncodedDocument],
        made_by: MadeBy | None = None,
        revisions: Sequence[Revision | None] | None = None,
    ) -> WriteReport:
        """`Engine.write`."""
        return await self._call(self._engine.write, batch, made_by, revisions)

    async def delete(self, ids: Sequence[str]) -> int:
        """`Engine.delete`."""
        return await self._call(self._engine.delete, ids)

    async def get(self, ids: Sequence[str]) -> list[Document | None]:
        """`Engine.get`."""
        return await self._call(self._engine.get, ids)

    async def existing(self, ids: Sequence[str]) -> set[str]:
        """`Engine.existing`."""
        return await self._call(self._engine.existing, ids)

    async def search(self, plan: BoundPlan) -> Hits:
        """`Engine.search`."""
        return await self._call(self._engine.search, plan)

    async def console(self, plan: BoundPlan, *, neural: bool = False) -> str:
        """`Engine.console`."""
        return await self._call(self._engine.console, plan, neural=neural)

    def scan(self, *, pending: bool = False) -> AsyncIterator[EncodedDocument]:
        """`Engine.scan`."""
        return self._each(self._engine.scan(pending=pending))

    def pending(self) -> AsyncIterator[Pending]:
        """`Engine.pending`."""
        return self._each(self._engine.pending())

    def documents(self) -> AsyncIterator[Document]:
        """`Engine.documents`."""
        return self._each(self._engine.documents())

    async def statistics(self, *, max_age: float = 0.0) -> Statistics:
        """`Engine.statistics`."""
        return await self._call(self._engine.statistics, max_age=max_age)

    async def centroids(self, *, max_age: float = 0.0) -> Mapping[Leg, Centroid]:
        """`Engine.centroids`."""
        return await self._call(self._engine.centroids, max_age=max_age)

    @asynccontextmanager
    async def rebuild(self, meta: IndexMeta) -> AsyncIterator[Adapted]:
        """`Engine.rebuild`."""
        block = self._engine.rebuild(meta)
        fresh = await self._call(block.__enter__)
        try:
            yield Adapted(fresh, self._call)
        except BaseException as error:
            await self._call(block.__exit__, type(error), error, error.__traceback__)
            raise
        await self._call(block.__exit__, None, None, None)

    async def refresh(self) -> None:
        """`Engine.refresh`."""
        await self._call(self._engine.refresh)

    async def close(self) -> None:
        """`Engine.close`."""
        await self._call(self._engine.close)

    async def _each(self, items: Iterator[T]) -> AsyncIterator[T]:
        try:
            while chunk := await self._call(list, islice(items, CHUNK)):
                for item in chunk:
                    yield item
        finally:
            if isinstance(items, Generator):
                await self._call(items.close)
