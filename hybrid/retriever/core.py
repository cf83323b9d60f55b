"""What both faces of an index do, written once.

Everything is awaited: under `Retriever` nothing of it ever waits, under `AsyncRetriever` blocking work goes to threads.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Mapping, MutableMapping
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

from hybrid.documents import Document, Hits, MadeBy
from hybrid.encoding.protocol import Encoder
from hybrid.engines.adapting import Call
from hybrid.engines.protocol import FORMAT, AsyncEngine, Pending, Revision
from hybrid.errors import HybridError, InvalidFilter, InvalidInput, shorten
from hybrid.indexing.batches import BATCH_DOCUMENTS, Batcher, Item, Numbered, batched
from hybrid.indexing.progress import OnProgress, progress_line
from hybrid.indexing.report import IndexReport
from hybrid.indexing.run import IndexRun, OnError, OnExisting
from hybrid.planning.filters import Filter, parse_where
from hybrid.planning.plan import BoundPlan, Plan
from hybrid.planning.planner import make_plan
from hybrid.planning.query import checked_query
from hybrid.retriever.asking import Asked, Questions
from hybrid.retriever.calibrating import calibrated
from hybrid.retriever.centring import centred_by
from hybrid.retriever.opening import EncoderLike, as_encoder

# How old the counts may be that a plan is made with, in seconds.
PLANNED_WITHIN = 60.0
# How old the mean may be that a question is centred by, in seconds: it moves little.
CENTRED_WITHIN = 600.0


class Core:
    """An open index with its encoder."""

    def __init__(self, engine: AsyncEngine, encoder: Encoder | None, call: Call) -> None:
        self.engine, self._call = engine, call
        self.questions = Questions(engine, encoder, call)

    async def index(
        self,
        documents: Iterable[Item] | AsyncIterable[Item],
        on_existing: OnExisting,
        on_error: OnError,
        refresh: bool,
        progress: bool | OnProgress | None,
        batch_size: int,
    ) -> IndexReport:
        """See `Retriever.index`."""
        encoder = self.questions.fitting_encoder()
        run = IndexRun(self.engine, encoder, self._call, on_existing=on_existing, on_error=on_error)
        return await self._run(run, self._batches(_stream(documents), batch_size), progress, refresh)

    async def delete(self, ids: str | Iterable[str], refresh: bool) -> int:
        """See `Retriever.delete`."""
        gone = await self.engine.delete(checked_ids(ids))
        if refresh:
            await self.engine.refresh()
        return gone

    async def plan(self, asked: Asked) -> Plan:
        """See `Retriever.plan`."""
        query = checked_query(asked.type, asked.about, asked.where)
        knowledge = self.questions.knowledge(await self.engine.statistics(max_age=PLANNED_WITHIN))
        await self._filter(asked.where)
        return make_plan(
            query,
            knowledge,
            how=asked.how,
            k=asked.k,
            offset=asked.offset,
            depth=asked.depth,
            exact=asked.exact,
            mentions=asked.mentions,
        )

    async def run(self, plan: Plan, text: bool, explain: bool) -> Hits:
        """See `Retriever.run`."""
        bound, encoder = await self._bound(plan, text, explain)
        hits = await self.engine.search(bound)
        return hits if encoder is None else calibrated(hits, encoder.calibration)

    async def console(self, plan: Plan, neural: bool) -> str:
        """See `Retriever.console`."""
        if neural:
            where = await self._filter(plan.query.where)
            return await self.engine.console(BoundPlan(plan, {}, where), neural=True)
        bound, _ = await self._bound(plan, text=True, explain=False)
        return await self.engine.console(bound)

    async def complete(self, on_error: OnError, progress: bool | OnProgress | None) -> IndexReport:
        """See `Retriever.complete`."""
        encoder = self.questions.fitting_encoder()
        await self.engine.refresh()
        run = IndexRun(self.engine, encoder, self._call, on_error=on_error)
        async with aclosing(_noting(self.engine.pending(), run.revisions)) as documents:
            return await self._run(run, self._batches(documents), progress, refresh=True)

    async def rebuild(self, encoder: EncoderLike | None, progress: bool | OnProgress | None) -> IndexReport:
        """See `Retriever.rebuild`."""
        await self.engine.refresh()
        present = self.questions.present_encoder
        chosen = await (self._call(present) if encoder is None else self._call(as_encoder, encoder))
        meta = replace(
            self.engine.meta,
            bundle=chosen.name,
            fingerprint=chosen.fingerprint,
            dimensions=chosen.dimensions,
            format=FORMAT,
        )
        with self.questions.going_over_to(chosen):
            try:
                with progress_line(progress) as show:
                    async with self.engine.rebuild(meta) as fresh:
                        run = IndexRun(fresh, chosen, self._call, on_error="raise")
                        batches = self._batches(self.engine.documents())
                        async with aclosing(batches):
                            async for batch in batches:
                                await run.process(batch)
                                if fresh.cheap_refresh:
                                    await fresh.refresh()
                                show(run.tally.report())
            finally:
                # A warning after the swap may be an error where it is asked for.
                if self.engine.meta.fingerprint == chosen.fingerprint:
                    self.questions.encoder = chosen
        await self.engine.refresh()
        return run.tally.report()

    async def _run(
        self,
        run: IndexRun,
        batches: AsyncGenerator[list[Numbered], None],
        progress: bool | OnProgress | None,
        refresh: bool,
    ) -> IndexReport:
        try:
            with progress_line(progress) as show:
                async with aclosing(batches):
                    async for batch in batches:
                        await run.process(batch)
                        show(run.tally.report())
                        if refresh and self.engine.cheap_refresh:
                            await self.engine.refresh()
        except BaseException:
            # What ended the run is what its user must read, whatever comes of this.
            with suppress(HybridError):
                if refresh:
                    await self.engine.refresh()
            raise
        if refresh:
            await self.engine.refresh()
        return run.tally.report()

    async def _bound(self, plan: Plan, text: bool, explain: bool) -> tuple[BoundPlan, Encoder | None]:
        where = await self._filter(plan.query.where)
        vectors, encoder = await self.questions.vectors(plan)
        made_by = None if encoder is None else MadeBy(encoder.name, encoder.fingerprint)
        if not plan.centring or not vectors:
            return BoundPlan(plan, vectors, where, text, explain, made_by), encoder
        centroids = await self.engine.centroids(max_age=CENTRED_WITHIN)
        asked = centred_by(centroids, vectors, plan.centring)
        moved = asked.get("typed") is not vectors.get("typed")
        return BoundPlan(plan, asked, where, text, explain, made_by, vectors["typed"] if moved else None), encoder

    async def _filter(self, where: Mapping[str, Any] | None) -> Filter | None:
        try:
            return parse_where(where, self.engine.meta.fields)
        except InvalidFilter:
            # A field that came through another process since the last look is no mistake.
            await self.engine.statistics()
            return parse_where(where, self.engine.meta.fields)

    async def _batches(
        self, documents: Iterable[Item] | AsyncIterable[Item], size: int = BATCH_DOCUMENTS
    ) -> AsyncGenerator[list[Numbered], None]:
        """A stream's batches; an asynchronous stream that fails gives its error after what it gave before."""
        if not isinstance(documents, AsyncIterable):
            batches = batched(documents, size)
            while (batch := await self._call(next, batches, None)) is not None:
                yield batch
            return
        batcher, failure = Batcher(size), None
        try:
            async for item in documents:
                if batch := batcher.add(item):
                    yield batch
        except Exception as error:  # noqa: BLE001 - raised again, after the items before it
            failure = error
        if batch := batcher.rest():
            yield batch
        if failure is not None:
            raise failure


async def _noting(
    pending: AsyncIterator[Pending], revisions: MutableMapping[str, Revision | None]
) -> AsyncGenerator[Item, None]:
    """The documents; `revisions` gets that of each."""
    try:
        async for own in pending:
            if not isinstance(own.given, InvalidInput):
                revisions[own.id] = own.revision
            yield own.given
    finally:
        if isinstance(pending, AsyncGenerator):
            await pending.aclose()


def _stream(documents: Iterable[Item] | AsyncIterable[Item]) -> Iterable[Item] | AsyncIterable[Item]:
    if isinstance(documents, str | Mapping | Document):
        raise InvalidInput(f"one {documents.__class__.__name__} was given; expected an iterable of documents: [it]")
    if not isinstance(documents, Iterable | AsyncIterable):
        raise InvalidInput(f"{documents.__class__.__name__} was given; expected an iterable of documents")
    return documents


def checked_ids(ids: str | Iterable[str]) -> list[str]:
    """A list of ids.

    Raises:
        InvalidInput: one that is no string, or that no id can be.
    """
    if not isinstance(ids, Iterable):
        raise InvalidInput(f"{ids.__class__.__name__} was given; expected an id or an iterable of ids")
    wanted = [ids] if isinstance(ids, str) else list(ids)
    for id in wanted:
        if not isinstance(id, str):
            raise InvalidInput(f"the id {shorten(id)} is {id.__class__.__name__}; expected a string")
        if any("\ud800" <= character <= "\udfff" for character in id):
            raise InvalidInput(f"the id {shorten(id)} holds a lone surrogate, which no id can")
    return wanted
