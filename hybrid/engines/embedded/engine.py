"""The engine for one machine: a folder, one writer, many readers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Self

import filelock
import numpy as np

from hybrid.documents import Document, EncodedDocument, Hits, Leg, MadeBy
from hybrid.engines.embedded.catalog import PENDING
from hybrid.engines.embedded.generation import Generation, create_generation
from hybrid.engines.embedded.layout import (
    FIRST,
    acquire_lock,
    check_free,
    current_generation,
    next_name,
    remove_leftovers,
    set_current,
)
from hybrid.engines.embedded.records import Record, to_document
from hybrid.engines.embedded.search import search
from hybrid.engines.embedded.snapshot import Snapshot
from hybrid.engines.embedded.storage import storage_errors
from hybrid.engines.embedded.writing import Writer
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
from hybrid.errors import IndexDamaged, IndexLocked, IndexStateError, InvalidInput
from hybrid.planning.plan import BoundPlan

ATTEMPTS = 20
COMPACTED = 512
GIVEN = ("id", "text", "title", "fields")


class EmbeddedEngine:
    """Implements `hybrid.engines.protocol.Engine` on a folder.

    `search`, `get` and `scan` may run in several threads beside one that writes. The first write takes the index's
    lock, which is held until `close`.
    """

    # Also lets the store drop what only the view before a batch still needs.
    cheap_refresh = True

    def __init__(self, target: Path, lock: filelock.BaseFileLock | None = None, building: str | None = None) -> None:
        """Open; `building` names a generation that does not count yet, and `lock` is then the caller's."""
        self._target, self._lock, self._building = target, lock, building
        self._writer: Writer | None = None
        self._rebuilding = self._closed = self._uncompactable = False
        self._writing, self._opening = threading.RLock(), threading.RLock()
        self._generation, self._snapshot = self._opened(None, None)

    @classmethod
    def create(cls, target: Path, meta: IndexMeta) -> Self:
        """Make an index in a new or an empty folder.

        Raises:
            IndexExists, IndexLocked, StorageError.
        """
        check_free(target)
        with storage_errors(target):
            target.mkdir(parents=True, exist_ok=True)
        lock = acquire_lock(target)
        try:
            check_free(target)
            remove_leftovers(target, "")
            create_generation(target / FIRST, meta)
            set_current(target, FIRST)
            return cls(target, lock)
        except BaseException:
            lock.release()
            raise

    @property
    def meta(self) -> IndexMeta:
        """Bundle, dimensions, language; `fields` as of the last refresh, or of this engine's last write."""
        writer = self._writer
        return self._snapshot.meta if writer is None else writer.meta

    @property
    def place(self) -> Place:
        """The folder's absolute path."""
        return Place("embedded", str(self._target))

    def write(
        self,
        batch: Sequence[EncodedDocument],
        made_by: MadeBy | None = None,
        revisions: Sequence[Revision | None] | None = None,
    ) -> WriteReport:
        """Write or replace a batch in one transaction; documents have no revisions here, since one writer has the lock.

        Raises:
            BundleMismatch: another process has rebuilt the index with another bundle since the last refresh.
            IndexLocked, StorageError, IndexDamaged: nothing of the batch was kept.
        """
        with self._writing:
            with self._writable() as writer:
                check_bundle(writer.meta, made_by or self._snapshot.meta.made_by)
                report = writer.write(batch)
            self._compact(writer)
            return report

    def delete(self, ids: Sequence[str]) -> int:
        """Delete in one transaction; returns how many documents went."""
        with self._writing:
            with self._writable() as writer:
                gone = writer.delete(ids)
            self._compact(writer)
            return gone

    def get(self, ids: Sequence[str]) -> list[Document | None]:
        """Documents as of the last refresh; the writer sees its own commits at once."""
        with self._writing:
            if self._writer is not None:
                return _in_order(self._writer.records(ids), ids)
        with self._reading() as snapshot:
            return _in_order(snapshot.by_id(ids), ids)

    def existing(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids are there, seen as `get` sees them."""
        with self._writing:
            if self._writer is not None:
                return self._writer.existing(ids)
        with self._reading() as snapshot:
            return snapshot.existing(ids)

    def search(self, plan: BoundPlan) -> Hits:
        """Run a plan on what the last refresh found.

        Raises:
            BundleMismatch: the index was rebuilt with another bundle than that of the plan's vectors.
            InvalidQuery, StorageError.
        """
        with self._reading() as snapshot:
            if plan.vectors and plan.made_by is not None:
                check_bundle(snapshot.meta, plan.made_by)
            return search(snapshot, plan)

    def console(self, plan: BoundPlan, *, neural: bool = False) -> str:
        """Refused: no server is asked here.

        Raises:
            InvalidInput.
        """
        raise InvalidInput(f"{self._target}: an index in a folder is asked by no request of OpenSearch Dashboards")

    def scan(self, *, pending: bool = False) -> Iterator[EncodedDocument]:
        """Everything as of the last refresh, in the order of writing; memory is bounded."""
        with self._reading() as snapshot:
            chosen = snapshot.catalog.live
            if pending:
                chosen = chosen & (snapshot.catalog.flags & PENDING > 0)
            yield from snapshot.scan(np.flatnonzero(chosen).tolist())

    def pending(self) -> Iterator[Pending]:
        """Documents that were written without being encoded, as of the last refresh."""
        documents = (own.document for own in self.scan(pending=True))
        return (Pending(own.id, {name: getattr(own, name) for name in GIVEN}) for own in documents)

    def documents(self) -> Iterator[Document]:
        """Every document as it was given, as of the last refresh, in the order of writing."""
        with self._reading() as snapshot:
            yield from snapshot.documents()

    def statistics(self, *, max_age: float = 0.0) -> Statistics:
        """Counts and bytes as of the last refresh, whatever `max_age` is: they cost nothing."""
        return self._snapshot.statistics

    def centroids(self, *, max_age: float = 0.0) -> Mapping[Leg, Centroid]:
        """Means as of the last refresh, whatever `max_age` is."""
        return self._snapshot.centroids

    @contextmanager
    def rebuild(self, meta: IndexMeta) -> Iterator[EmbeddedEngine]:
        """An empty engine to write into; leaving the block without an error swaps it in.

        Raises:
            IndexLocked, StorageError.
        """
        with self._writing:
            lock = self._locked()
            current = current_generation(self._target)
            remove_leftovers(self._target, current)
            # What others wrote before the lock was ours would not be scanned, and so be lost.
            self.refresh()
            self._rebuilding = True
        name = next_name(current)
        try:
            create_generation(self._target / name, meta)
            fresh = EmbeddedEngine(self._target, lock, name)
            try:
                yield fresh
            finally:
                fresh.close()
            set_current(self._target, name)
        except BaseException:
            remove_leftovers(self._target, current)
            raise
        finally:
            self._rebuilding = False
        self._swapped(name)

    def refresh(self) -> None:
        """Make everything committed so far, by any process, findable.

        Raises:
            IndexDamaged, StorageError: what was open stays open.
        """
        with self._opening:
            if self._closed:
                return
            generation, snapshot = self._opened(self._generation, self._snapshot)
            old_generation, old_snapshot = self._generation, self._snapshot
            self._generation, self._snapshot = generation, snapshot
            old_snapshot.retire()
            if old_generation is not generation:
                old_generation.close()

    def close(self) -> None:
        """Release files and the lock; closing twice is allowed."""
        with self._writing, self._opening:
            if self._closed:
                return
            self._closed = True
            self._snapshot.retire()
            self._generation.close()
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            if self._lock is not None and self._building is None:
                self._lock.release()
            self._lock = None

    def _opened(self, generation: Generation | None, snapshot: Snapshot | None) -> tuple[Generation, Snapshot]:
        """The latest snapshot of the current generation, which a rebuild may replace while it is being opened."""
        for attempt in range(ATTEMPTS):
            name = self._building or current_generation(self._target)
            folder = self._target / name
            same = generation if generation is not None and generation.folder == folder else None
            chosen = same or Generation(folder)
            try:
                return chosen, chosen.snapshot(snapshot if same is not None else None)
            except BaseException as error:
                if same is None:
                    chosen.close()
                if not isinstance(error, IndexStateError) or attempt == ATTEMPTS - 1:
                    raise
                if self._building is not None or current_generation(self._target) == name:
                    raise
        raise IndexDamaged(f"{self._target}: the index is being replaced again and again")

    @contextmanager
    def _reading(self) -> Iterator[Snapshot]:
        with self._opening:
            if self._closed:
                raise IndexStateError(f"{self._target}: the index is closed")
            snapshot = self._snapshot
            snapshot.enter()
        try:
            with storage_errors(self._target):
                yield snapshot
        finally:
            snapshot.leave()

    @contextmanager
    def _writable(self) -> Iterator[Writer]:
        """The writer; after an error it is given up, and the next write starts from the last commit."""
        with self._writing:
            if self._closed:
                raise IndexStateError(f"{self._target}: the index is closed")
            if self._rebuilding:
                raise IndexLocked(f"{self._target}: the index is being rebuilt; wait until that is done")
            if self._writer is None:
                self._locked()
                self._writer = self._new_writer()
            try:
                yield self._writer
            except BaseException:
                self._writer.abandon()
                self._writer = None
                raise

    def _compact(self, writer: Writer) -> None:
        """Copy what is there into a generation of its own once most vectors are those of deleted documents.

        It is as much work as writing those documents was. Where it fails, on a full disk say, all stays as it is.
        """
        if not writer.wasteful or self._building is not None or self._uncompactable:
            return
        try:
            self.refresh()
            with self.rebuild(writer.meta) as fresh:
                documents = self.scan()
                while batch := list(islice(documents, COMPACTED)):
                    fresh.write(batch)
        except IndexStateError:
            self._uncompactable = True

    def _locked(self) -> filelock.BaseFileLock:
        if self._closed:
            raise IndexStateError(f"{self._target}: the index is closed")
        if self._rebuilding:
            raise IndexLocked(f"{self._target}: the index is being rebuilt; wait until that is done")
        if self._lock is None:
            self._lock = acquire_lock(self._target)
        return self._lock

    def _new_writer(self) -> Writer:
        name = self._building
        if name is None:
            name = current_generation(self._target)
            remove_leftovers(self._target, name)
        return Writer(self._target / name)

    def _swapped(self, name: str) -> None:
        with self._writing:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            self.refresh()
            remove_leftovers(self._target, name)


def _in_order(records: Mapping[str, Record], ids: Sequence[str]) -> list[Document | None]:
    documents = {id: to_document(record, record.vector_mentions()) for id, record in records.items()}
    return [documents.get(id) for id in ids]
