"""What the endpoints of an index do: find, plan, console, documents, and what the index is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hybrid.indexing.report import IndexReport
from hybrid.planning.serialization import plan_to_json
from hybrid.retriever import AsyncRetriever
from hybrid.serialization import hit_to_json
from hybrid.service.batcher import QueueFull
from hybrid.service.failures import too_large
from hybrid.service.limits import Limits
from hybrid.service.requests import ConsoleRequest, DocumentsRequest, FindRequest, PlanRequest


class Index:
    """An open index; documents are written by one request at a time, as its writer wants it."""

    def __init__(self, retriever: AsyncRetriever, limits: Limits) -> None:
        self.retriever, self._limits, self._writing = retriever, limits, asyncio.Lock()
        self._running = 0

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Raises QueueFull where as many requests are in the works as may wait."""
        if self._running >= self._limits.waiting:
            raise QueueFull(retry_after=1)
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1

    async def find(self, asked: FindRequest) -> dict[str, Any]:
        """Hits as the command line's `--json` writes them, and the plan that gave them."""
        with self._counted():
            hits = await self.retriever.find(**asked.model_dump())
        return {
            "hits": [hit_to_json(hit, rank) for rank, hit in enumerate(hits, start=hits.plan.offset + 1)],
            "plan": plan_to_json(hits.plan),
            "took_ms": hits.took_ms,
            "warnings": list(hits.warnings),
        }

    async def plan(self, asked: PlanRequest) -> dict[str, Any]:
        """What `find` would ask, and why."""
        with self._counted():
            return plan_to_json(await self.retriever.plan(**asked.model_dump()))

    async def console(self, asked: ConsoleRequest) -> dict[str, str]:
        """The request that `find` ranks with; refused where no server is asked."""
        with self._counted():
            plan = await self.retriever.plan(**asked.model_dump(exclude={"neural"}))
            return {"request": await self.retriever.console(plan, neural=asked.neural)}

    async def about(self) -> dict[str, Any]:
        """Where the index is, what it holds, and which legs can be asked."""
        with self._counted():
            statistics = await self.retriever.statistics()
        place, meta, encoder = self.retriever.place, self.retriever.meta, self.retriever.encoder
        return {
            "name": place.name,
            "engine": place.engine,
            "target": place.target,
            "bundle": meta.bundle,
            "documents": statistics.documents,
            "passages": statistics.passages,
            "mentions": statistics.mentions,
            "pending": statistics.pending,
            "fields": dict(sorted(meta.fields.items())),
            "legs": ["lexical"] if encoder is None else list(encoder.dimensions.legs),
        }

    async def add(self, asked: DocumentsRequest) -> dict[str, Any]:
        """Counts, and what was refused and why, by its place in the request."""
        count, most = len(asked.documents), self._limits.texts
        if count > most:
            raise too_large("too_many_documents", f"{count:,} documents; a request may have {most:,}", "/documents")
        # What has begun is written whole, whoever waits for it: a thread cannot be called back.
        report = await asyncio.shield(asyncio.ensure_future(self._write(asked)))
        told = {"documents": report.documents, "mentions": report.mentions, "passages": report.passages}
        entries = {
            name: [{"position": own.position, "id": own.id, "reason": own.reason} for own in found]
            for name, found in (("refused", report.refused), ("dropped", report.dropped))
        }
        return {**told, "replaced": report.replaced, "skipped": report.skipped, **entries}

    async def _write(self, asked: DocumentsRequest) -> IndexReport:
        with self._counted():
            async with self._writing:
                return await self.retriever.index(asked.documents, on_existing=asked.on_existing)

    async def check(self) -> None:
        """Raises what the engine raises where it does not answer."""
        await self.retriever.count()
