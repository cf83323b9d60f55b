"""The asynchronous face of an index: the same names, arguments and answers as `Retriever`, awaited.

The embedded engine does its work in threads; a cancelled call finishes its thread's work and drops the answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, ParamSpec, Self, TypeVar

from hybrid.documents import Document, Hits
from hybrid.encoding.protocol import Encoder
from hybrid.engines.protocol import IndexMeta, Statistics
from hybrid.indexing.batches import BATCH_DOCUMENTS, Batcher, Item, Numbered
from hybrid.indexing.progress import OnProgress, progress_line
from hybrid.indexing.report import IndexReport
from hybrid.indexing.run import OnError, OnExisting
from hybrid.planning.plan import Plan
from hybrid.retriever.opening import EncoderLike
from hybrid.retriever.sync import Retriever, Target

P = ParamSpec("P")
T = TypeVar("T")


class AsyncRetriever:
    """`Retriever`, awaited; what the methods do and raise stands there."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    @classmethod
    async def create(
        cls,
        target: Target,
        *,
        encoder: EncoderLike = "minilm",
        fields: Mapping[str, type | str] | None = None,
        language: Literal["english", "none"] = "english",
    ) -> Self:
        """`Retriever.create`."""
        options: dict[str, Any] = {"encoder": encoder, "fields": fields, "language": language}
        return cls(await _in_thread(Retriever.create, target, **options))

    @classmethod
    async def open(cls, target: Target, *, encoder: EncoderLike | Literal[False] | None = None) -> Self:
        """`Retriever.open`."""
        return cls(await _in_thread(Retriever.open, target, encoder=encoder))

    @property
    def meta(self) -> IndexMeta:
        """`Retriever.meta`."""
        return self._retriever.meta

    @property
    def encoder(self) -> Encoder | None:
        """`Retriever.encoder`."""
        return self._retriever.encoder

    async def index(
        self,
        documents: Iterable[Item] | AsyncIterable[Item],
        *,
        on_existing: OnExisting = "replace",
        on_error: OnError = "report",
        refresh: bool = True,
        progress: bool | OnProgress | None = None,
        batch_size: int = BATCH_DOCUMENTS,
    ) -> IndexReport:
        """`Retriever.index`; takes an asynchronous stream too, whose next batch is gathered on the event loop."""
        if not isinstance(documents, AsyncIterable):
            return await _in_thread(
                self._retriever.index,
                documents,
                on_existing=on_existing,
                on_error=on_error,
                refresh=refresh,
                progress=progress,
                batch_size=batch_size,
            )
        run = self._retriever.new_run(on_existing=on_existing, on_error=on_error)
        batcher = Batcher(batch_size)

        try:
            with progress_line(progress) as show:

                async def process(batch: list[Numbered]) -> None:
                    await _in_thread(run.process, batch)
                    show(run.tally.report())
                    if refresh:
                        await self.refresh()

                try:
                    async for item in documents:
                        if batch := batcher.add(item):
                            await process(batch)
                except Exception:
                    await process(batcher.rest())
                    raise
                await process(batcher.rest())
        finally:
            if refresh:
                await self.refresh()
        return run.tally.report()

    async def delete(self, ids: str | Iterable[str], *, refresh: bool = True) -> int:
        """`Retriever.delete`."""
        return await _in_thread(self._retriever.delete, ids, refresh=refresh)

    async def get(self, ids: str | Iterable[str]) -> list[Document | None]:
        """`Retriever.get`."""
        return await _in_thread(self._retriever.get, ids)

    async def count(self) -> int:
        """`Retriever.count`."""
        return await _in_thread(self._retriever.count)

    async def statistics(self) -> Statistics:
        """`Retriever.statistics`."""
        return await _in_thread(self._retriever.statistics)

    async def plan(
        self,
        type: str,
        *,
        about: str | None = None,
        where: Mapping[str, Any] | None = None,
        k: int = 10,
        offset: int = 0,
        how: str = "auto",
        depth: int | None = None,
        exact: bool = False,
        mentions: int = 3,
    ) -> Plan:
        """`Retriever.plan`."""
        return await _in_thread(
            self._retriever.plan,
            type,
            about=about,
            where=where,
            k=k,
            offset=offset,
            how=how,
            depth=depth,
            exact=exact,
            mentions=mentions,
        )

    async def find(
        self,
        type: str,
        *,
        about: str | None = None,
        where: Mapping[str, Any] | None = None,
        k: int = 10,
        offset: int = 0,
        how: str = "auto",
        depth: int | None = None,
        exact: bool = False,
        mentions: int = 3,
        text: bool = True,
        explain: bool = False,
    ) -> Hits:
        """`Retriever.find`."""
        plan = await self.plan(
            type,
            about=about,
            where=where,
            k=k,
            offset=offset,
            how=how,
            depth=depth,
            exact=exact,
            mentions=mentions,
        )
        return await self.run(plan, text=text, explain=explain)

    async def run(self, plan: Plan, *, text: bool = True, explain: bool = False) -> Hits:
        """`Retriever.run`."""
        return await _in_thread(self._retriever.run, plan, text=text, explain=explain)

    async def rebuild(
        self, encoder: EncoderLike | None = None, *, progress: bool | OnProgress | None = None
    ) -> IndexReport:
        """`Retriever.rebuild`."""
        return await _in_thread(self._retriever.rebuild, encoder, progress=progress)

    async def refresh(self) -> None:
        """`Retriever.refresh`."""
        await _in_thread(self._retriever.refresh)

    async def close(self) -> None:
        """`Retriever.close`."""
        await _in_thread(self._retriever.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def _in_thread(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    # asyncio is imported where it runs: it would be a fifth of what `import hybrid` takes.
    import asyncio

    return await asyncio.to_thread(function, *arguments, **options)
