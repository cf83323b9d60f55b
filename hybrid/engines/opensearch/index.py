"""An index on a server: what both faces of the engine do, written once. It does no I/O: its transport does."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, ClassVar, TypeVar

from hybrid.documents import Document, EncodedDocument, Hits, Leg, MadeBy
from hybrid.engines.opensearch import creating, rebuilding
from hybrid.engines.opensearch.bulk import BulkRun
from hybrid.engines.opensearch.centroids import average
from hybrid.engines.opensearch.finding import find
from hybrid.engines.opensearch.generations import Build
from hybrid.engines.opensearch.mappings import fields_body
from hybrid.engines.opensearch.messages import PATIENT, Request, change, json_body, path
from hybrid.engines.opensearch.models import deployed
from hybrid.engines.opensearch.outdated import stop_asking
from hybrid.engines.opensearch.requests import console
from hybrid.engines.opensearch.scanning import each
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.sources import WITHOUT_VECTORS, to_document, to_encoded, to_given, to_pending
from hybrid.engines.opensearch.state import State, look
from hybrid.engines.opensearch.statistics import PENDING, check_whole, count
from hybrid.engines.opensearch.versions import Version
from hybrid.engines.opensearch.writing import (
    Checked,
    check,
    deletions,
    gone,
    interrupted,
    is_id,
    report,
    writes,
)
from hybrid.engines.protocol import (
    Centroid,
    IndexMeta,
    Pending,
    Place,
    Revision,
    Statistics,
    WriteReport,
    check_bundle,
)
from hybrid.errors import HybridError, IndexLocked, IndexNotFound, ServerError, ServerUnavailable
from hybrid.planning.plan import BoundPlan

EVERYTHING: Mapping[str, Any] = {"match_all": {}}
# Documents in one answer to `get`: each may be a megabyte.
GOTTEN = 64
ATTEMPTS = 3
# How old the count of documents may be that an answer warns of, in seconds.
REMEMBERED = 60.0

T = TypeVar("T")


class Index:
    """Implements `hybrid.engines.protocol.AsyncEngine` on any transport."""

    # Each refresh makes a segment with a graph of its own; what is written can be found once, at the end of a run.
    cheap_refresh = False
    # Builds that this process could not take away when it gave them up; any of its engines may.
    _given_up: ClassVar[set[str]] = set()

    def __init__(self, server: Server, state: State, build: Build | None = None) -> None:
        """`build` where the index is a generation that is being built."""
        self._server, self._state, self._build = server, state, build
        self._counted: tuple[float, Statistics] | None = None
        self._averaged: tuple[float, str, Mapping[Leg, Centroid]] | None = None
        self._averaging = False
        self._closed = False

    @classmethod
    async def create(
        cls, server: Server, name: str, version: Version, meta: IndexMeta, settings: Mapping[str, Any]
    ) -> Index:
        """Make an empty index.

        Raises:
            IndexExists, ServerError.
        """
        await creating.create(server, name, meta, settings)
        return await cls.open(server, name, version)

    @classmethod
    async def open(cls, server: Server, name: str, version: Version) -> Index:
        """Open an index that is there.

        Raises:
            IndexNotFound, IndexStateError, IndexFormatError, ServerError.
        """
        return cls(server, await look(server, name, version))

    @property
    def meta(self) -> IndexMeta:
        """As of the last look: at open, and with `refresh`, `statistics` and writes that bring new fields."""
        return self._state.facts.meta

    @property
    def place(self) -> Place:
        """The server's address and the index's name."""
        return Place("opensearch", self._server.what)

    @property
    def state(self) -> State:
        """What the last look found."""
        return self._state

    async def write(
        self,
        batch: Sequence[EncodedDocument],
        made_by: MadeBy | None = None,
        revisions: Sequence[Revision | None] | None = None,
    ) -> WriteReport:
        """Write or replace, each document by itself: what the server refuses is reported and the rest goes on.

        Raises:
            ServerUnavailable: the server stayed away or overloaded; says how many documents were written.
            IndexNotFound: nothing is behind the name any more; none is made by writing.
            BundleMismatch, IndexLocked, StorageError, AccessDenied.
        """
        known = made_by or self.meta.made_by
        async with self._server.transport.alone():

            async def prepared() -> tuple[Checked, BulkRun]:
                if self._build is not None:
                    self._build = await rebuilding.beat(self._server, self._build, self.meta)
                checked = await self._declared(batch, revisions)
                return checked, writes(checked, self._state, self._server.what)

            checked, run = await self._sent(prepared, known)
            return report(batch, checked, run)

    async def delete(self, ids: Sequence[str]) -> int:
        """Delete; returns how many documents went.

        Raises:
            ServerUnavailable, IndexNotFound, IndexLocked, StorageError, AccessDenied.
        """
        async with self._server.transport.alone():

            async def prepared() -> tuple[None, BulkRun]:
                return None, deletions(ids, self._state, self._server.what)

            _, run = await self._sent(prepared, None)
            if run.refusal is not None:
                raise interrupted(ServerError(f"{self._server.what}: a document was not deleted: {run.refusal}"), run)
            return gone(run)

    async def get(self, ids: Sequence[str]) -> list[Document | None]:
        """Documents in the order of `ids`, those included that are written and cannot be found yet."""
        found: dict[str, Document] = {}
        async for entry in self._gotten(ids, {"_source_excludes": ",".join(WITHOUT_VECTORS["excludes"])}):
            found[entry["_id"]] = to_document(entry["_id"], entry["_source"])
        return [found.get(id) for id in ids]

    async def existing(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids are there, those included that cannot be found yet."""
        # Asked by writers, who wait for a server that starts again.
        return {entry["_id"] async for entry in self._gotten(ids, {"_source": "false"}, patient=True)}

    async def search(self, plan: BoundPlan) -> Hits:
        """Run a plan.

        Raises:
            InvalidQuery: a leg that the index cannot run, or a fusion that this version of the server cannot.
            BundleMismatch: another process has rebuilt the index with another bundle.
            ServerUnavailable, ServerError, AccessDenied, IndexNotFound.
        """
        known = plan.made_by or self.meta.made_by
        pending = (await self.statistics(max_age=REMEMBERED)).pending
        for attempt in range(1, ATTEMPTS + 1):
            before = self._state
            _check_vectors(plan, before, known)
            try:
                hits, answered = await find(self._server, plan, before.facts, pending)
            except (ServerError, IndexNotFound) as error:
                # A rebuild may have taken the index away that was asked, and vectors of another width are an error that
                # does not say so. Where there was no answer, there is none to a look.
                if isinstance(error, ServerUnavailable) and error.status is None:
                    raise
                await self._look()
                _check_vectors(plan, self._state, known)
                if attempt == ATTEMPTS or self._state.index == before.index:
                    raise
                continue
            # An empty answer does not say whose it is.
            if answered != {before.index}:
                await self._look()
                _check_vectors(plan, self._state, known)
            if hits is not None:
                return hits
        raise ServerUnavailable(f"{self._server.what}: the index was rebuilt while it was asked; ask again")

    async def console(self, plan: BoundPlan, *, neural: bool = False) -> str:
        """The request that `search` ranks with.

        Raises:
            InvalidQuery: as in `search`; `neural`, and there are no models of an encoder service, or a leg is exact.
        """
        legs = [leg.leg for leg in plan.plan.legs if leg.leg != "lexical"]
        models = await deployed(self._server, self._state.facts, legs) if neural else None
        return console(plan, self._state.facts, models)

    async def scan(self, *, pending: bool = False) -> AsyncGenerator[EncodedDocument, None]:
        """Everything as of the beginning, with vectors."""
        hits = each(self._server, self._state, PENDING if pending else EVERYTHING, True)
        async with aclosing(hits):
            async for hit in hits:
                yield to_encoded(hit["_id"], hit["_source"], self.meta.dimensions)

    async def pending(self) -> AsyncGenerator[Pending, None]:
        """Documents that wait to be encoded, as of the beginning.

        Raises:
            ServerUnavailable: another process rebuilt the index meanwhile, which encodes them, too.
        """
        before = self._state
        hits = each(self._server, before, PENDING, WITHOUT_VECTORS)
        async with aclosing(hits):
            try:
                async for hit in hits:
                    yield to_pending(hit)
            except (ServerError, IndexNotFound):
                await self._look()
                if self._state.index == before.index:
                    raise
                raise ServerUnavailable(f"{self._server.what}: the index was rebuilt meanwhile; ask again") from None

    async def documents(self) -> AsyncGenerator[Document, None]:
        """Every document as it was given, as of the beginning; vectors are not sent."""
        hits = each(self._server, self._state, EVERYTHING, WITHOUT_VECTORS)
        async with aclosing(hits):
            async for hit in hits:
                yield to_given(hit["_id"], hit["_source"])

    async def statistics(self, *, max_age: float = 0.0) -> Statistics:
        """Counts and bytes; looks at the index, too."""
        counted = self._counted
        if counted is not None and time.monotonic() - counted[0] <= max_age:
            return counted[1]
        await self._look()
        found = await count(self._server, self._state.facts.name)
        self._counted = time.monotonic(), found
        return found

    async def centroids(self, *, max_age: float = 0.0) -> Mapping[Leg, Centroid]:
        """Means of the vectors of a sample of documents, all of them where there are few.

        While one question asks for them anew, others take the old ones. That there are none is not remembered.
        """
        averaged, index = self._averaged, self._state.index
        if averaged is not None and averaged[1] != index:
            averaged = None
        if averaged is not None and (self._averaging or time.monotonic() - averaged[0] <= max_age):
            return averaged[2]
        self._averaging = True
        try:
            found = await self._average()
        finally:
            self._averaging = False
        self._averaged = (time.monotonic(), self._state.index, found) if found else None
        return found

    @asynccontextmanager
    async def rebuild(self, meta: IndexMeta) -> AsyncIterator[Index]:
        """The next generation to write into; leaving the block without an error swaps it in.

        Raises:
            IndexLocked, ServerError.
        """
        if self._build is not None:
            raise IndexLocked(f"{self._server.what}: a generation that is being built cannot be rebuilt")
        await check_whole(self._server, self._state.facts.name)
        await self._look()
        state = self._state
        build = await rebuilding.begin(self._server, state, meta, self._given_up)
        try:
            await self.refresh()
            fresh = Index(self._server, await self._looked(build.alias), build)
            yield fresh
            await rebuilding.swap(self._server, state, fresh._build or build, meta)
        except BaseException:
            await rebuilding.give_up(self._server, state, build, self._given_up)
            raise
        self._counted = None
        await self._look()
        if meta.fingerprint != state.facts.meta.fingerprint:
            await stop_asking(self._server, state.facts.name)

    async def refresh(self) -> None:
        """Make everything written so far findable, and look at the index again.

        Raises:
            ServerUnavailable, IndexNotFound, IndexStateError, ServerError, AccessDenied.
        """
        await check_whole(self._server, self._state.facts.name)
        await self._server.ask(Request("POST", path(self._state.facts.name, "_refresh"), timeout=PATIENT))
        self._counted = self._averaged = None
        await self._look()

    async def close(self) -> None:
        """Close the connections that are ours; closing twice is allowed."""
        if not self._closed:
            self._closed = True
            await self._server.transport.close()

    async def _look(self) -> None:
        self._state = await self._looked(self._state.facts.name)

    async def _average(self) -> Mapping[Leg, Centroid]:
        """As asked; once more where a rebuild took the index away that was asked."""
        legs: tuple[Leg, ...] = ("typed",) if self.meta.dimensions.passage is None else ("typed", "dense")
        for attempt in range(1, ATTEMPTS + 1):
            before = self._state.index
            try:
                return await average(self._server, self._state.facts.name, legs)
            except (ServerError, IndexNotFound) as error:
                if attempt == ATTEMPTS or (isinstance(error, ServerUnavailable) and error.status is None):
                    raise
                await self._look()
                if self._state.index == before:
                    raise
        raise AssertionError  # the last attempt returns or raises

    async def _looked(self, name: str) -> State:
        return await look(self._server, name, self._state.facts.version)

    async def _gotten(
        self, ids: Sequence[str], params: Mapping[str, str], *, patient: bool = False
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        asked = [id for id in dict.fromkeys(ids) if is_id(id)]
        for start in range(0, len(asked), GOTTEN):
            body = json_body({"ids": asked[start : start + GOTTEN]})
            response = await self._server.ask(
                Request("POST", path(self._state.facts.name, "_mget"), body, params), patient=patient
            )
            found = response.body.get("docs")
            if not isinstance(found, list):
                raise ServerError(
                    f"{self._server.what}: the server's answer has no documents; is there a proxy before it?"
                )
            there = [entry for entry in found if entry.get("found")]
            # Another index has the name by now: the next generation, or a stranger's, which is an error.
            if {entry["_index"] for entry in there} - {self._state.index}:
                await self._look()
            for entry in there:
                yield entry

    async def _declared(self, batch: Sequence[EncodedDocument], revisions: Sequence[Revision | None] | None) -> Checked:
        """A checked batch whose new fields are in the mapping, so that the server guesses no type.

        Another process may declare one of them at the same time: then the batch is checked against what it declared.
        Where the mapping takes none of them, the server says so of each document that has one.
        """
        for _ in range(ATTEMPTS):
            checked = check(batch, self.meta, revisions)
            new = {name: kind for name, kind in checked.new.items() if name not in self._state.foreign}
            if not new:
                return checked
            request = change("PUT", path(self._state.writable, "_mapping"), fields_body(new))
            response = await self._server.ask(request, accept=(400,), patient=True)
            await self._look()
            if response.status == 400 and not set(new) & (self.meta.fields.keys() | self._state.foreign):
                return checked
        return check(batch, self.meta, revisions)

    async def _sent(
        self, prepared: Callable[[], Awaitable[tuple[T, BulkRun]]], made_by: MadeBy | None
    ) -> tuple[T, BulkRun]:
        """Run a bulk to its end; once more from the start where what was in the way is gone and nothing was done.

        Where `made_by` is None it may run on what another process has rebuilt with any bundle: it sends no vectors.
        """
        self._counted = None
        attempt = 1
        while True:
            done = 0
            try:
                await self._own()
                checked, run = await prepared()
                # A look on the way may have found what another process made of the index.
                if made_by is not None:
                    check_bundle(self.meta, made_by)
                await self._server.run(run)
                if run.error is None:
                    return checked, run
                error, done = interrupted(run.error, run), run.written
            except (IndexLocked, IndexNotFound) as found:
                error = found
            if done or attempt == ATTEMPTS or not await self._out_of_the_way(error):
                raise error
            attempt += 1

    async def _own(self) -> None:
        """An index without an alias of its own gets one: writes to its name could make an index, or meet another's."""
        if self._build is None and not self._state.owned:
            await creating.own(self._server, self._state)
            await self._look()

    async def _out_of_the_way(self, error: HybridError) -> bool:
        """Whether what ended a run is gone: a block that a dead rebuild left, or a generation that was replaced."""
        if isinstance(error, IndexLocked) and await rebuilding.clear_given_up(
            self._server, self._state, self._given_up
        ):
            await self._look()
            return True
        if not isinstance(error, IndexNotFound):
            return False
        if self._build is not None:
            raise rebuilding.removed(self._server)
        before = self._state
        await self._look()
        return self._state.writable != before.writable


def _check_vectors(plan: BoundPlan, state: State, known: MadeBy) -> None:
    if plan.vectors:
        check_bundle(state.facts.meta, known)
