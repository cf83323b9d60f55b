"""The asynchronous face of an index: the same names, arguments and answers as `Retriever`, awaited.

The embedded engine and the encoder do their work in threads; a cancelled call finishes its thread's work and drops the
answer. OpenSearch is asked without threads.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from hybrid.documents import Document, Hits
from hybrid.encoding.protocol import Encoder
from hybrid.engines.adapting import in_thread
from hybrid.engines.protocol import AsyncEngine, IndexMeta, Place, Statistics
from hybrid.indexing.batches import BATCH_DOCUMENTS, Item
from hybrid.indexing.progress import OnProgress
from hybrid.indexing.report import IndexReport
from hybrid.indexing.run import OnError, OnExisting
from hybrid.planning.plan import Plan
from hybrid.retriever.asking import Asked
from hybrid.retriever.core import Core, checked_ids
from hybrid.retriever.opening import EncoderLike, as_encoder, fitting_encoder, new_meta
from hybrid.retriever.sync import Target

if TYPE_CHECKING:
    from opensearchpy import AsyncOpenSearch


class AsyncRetriever:
    """`Retriever`, awaited; what the methods do and raise stands there."""

    def __init__(self, engine: AsyncEngine, encoder: Encoder | None) -> None:
        self._engine = engine
        self._core = Core(engine, encoder, in_thread)

    @classmethod
    async def create(
        cls,
        target: Target | None = None,
        *,
        client: AsyncOpenSearch | None = None,
        index: str | None = None,
        encoder: EncoderLike = "minilm",
        fields: Mapping[str, type | str] | None = None,
        language: Literal["english", "none"] = "english",
        settings: Mapping[str, Any] | None = None,
    ) -> Self:
        """`Retriever.create`."""
        from hybrid.engines.factory import create_async_engine

        chosen = await in_thread(as_encoder, encoder)
        meta = new_meta(chosen, fields, language)
        return cls(await create_async_engine(target, meta, client=client, index=index, settings=settings), chosen)

    @classmethod
    async def open(
        cls,
        target: Target | None = None,
        *,
        client: AsyncOpenSearch | None = None,
        index: str | None = None,
        encoder: EncoderLike | Literal[False] | None = None,
    ) -> Self:
        """`Retriever.open`."""
        from hybrid.engines.factory import open_async_engine

        engine = await open_async_engine(target, client=client, index=index)
        try:
            return cls(engine, None if encoder is False else await in_thread(fitting_encoder, engine.meta, encoder))
        except BaseException:
            await engine.close()
            raise

    @property
    def meta(self) -> IndexMeta:
        """`Retriever.meta`."""
        return self._engine.meta

    @property
    def place(self) -> Place:
        """`Retriever.place`."""
        return self._engine.place

    @property
    def encoder(self) -> Encoder | None:
        """`Retriever.encoder`."""
        return self._core.questions.encoder

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
        """`Retriever.index`; takes an asynchronous stream too."""
        return await self._core.index(documents, on_existing, on_error, refresh, progress, batch_size)

    async def delete(self, ids: str | Iterable[str], *, refresh: bool = True) -> int:
        """`Retriever.delete`."""
        return await self._core.delete(ids, refresh)

    async def get(self, ids: str | Iterable[str]) -> list[Document | None]:
        """`Retriever.get`."""
        return await self._engine.get(checked_ids(ids))

    async def count(self) -> int:
        """`Retriever.count`."""
        return (await self._engine.statistics()).documents

    async def statistics(self) -> Statistics:
        """`Retriever.statistics`."""
        return await self._engine.statistics()

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
        return await self._core.plan(Asked(type, about, where, k, offset, how, depth, exact, mentions))

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
        return await self._core.run(plan, text, explain)

    async def console(self, plan: Plan, *, neural: bool = False) -> str:
        """`Retriever.console`."""
        return await self._core.console(plan, neural)

    async def complete(self, *, on_error: OnError = "report", progress: bool | OnProgress | None = None) -> IndexReport:
        """`Retriever.complete`."""
        return await self._core.complete(on_error, progress)

    async def rebuild(
        self, encoder: EncoderLike | None = None, *, progress: bool | OnProgress | None = None
    ) -> IndexReport:
        """`Retriever.rebuild`."""
        return await self._core.rebuild(encoder, progress)

    async def refresh(self) -> None:
        """`Retriever.refresh`."""
        await self._engine.refresh()

    async def close(self) -> None:
        """`Retriever.close`."""
        await self._engine.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
