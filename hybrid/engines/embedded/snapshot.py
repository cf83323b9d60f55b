"""An unchanging view of one generation, shared by the searches that run on it."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from hybrid.documents import Document, EncodedDocument, Float32, Leg
from hybrid.engines.embedded.catalog import Catalog, Mask
from hybrid.engines.embedded.centroids import centroid
from hybrid.engines.embedded.filtering import passing
from hybrid.engines.embedded.lexical import LexicalView
from hybrid.engines.embedded.records import COLUMNS, Record, from_row, to_encoded, to_given
from hybrid.engines.embedded.storage import folder_bytes
from hybrid.engines.embedded.store import select_in
from hybrid.engines.embedded.vectors import MENTIONS, PASSAGES, map_vectors
from hybrid.engines.protocol import Centroid, IndexMeta, Statistics
from hybrid.planning.filters import Filter

CACHED_FILTERS = 16
SCANNED = 256


class Snapshot:
    """Store, vectors and inverted index at one version.

    The connection keeps a read transaction open, so the store answers as of that version whatever is committed since.
    It is closed when the snapshot is retired and its last user is gone.
    """

    def __init__(
        self, folder: Path, meta: IndexMeta, catalog: Catalog, connection: sqlite3.Connection, lexical: LexicalView
    ) -> None:
        self.folder, self.meta, self.catalog, self.lexical = folder, meta, catalog, lexical
        self.mention_vectors = map_vectors(folder / MENTIONS, catalog.mention_rows.count, meta.dimensions.mention)
        self.passage_vectors = map_vectors(folder / PASSAGES, catalog.passage_rows.count, meta.dimensions.passage or 0)
        self._connection, self._reading = connection, threading.Lock()
        self._masks: OrderedDict[Filter, Mask] = OrderedDict()
        self._users, self._retired, self._counting = 0, False, threading.Lock()

    def enter(self) -> None:
        """Count one more user."""
        with self._counting:
            self._users += 1

    def leave(self) -> None:
        """Count one user less; the last one of a retired snapshot closes it."""
        with self._counting:
            self._users -= 1
            last = self._retired and not self._users
        if last:
            self._connection.close()

    def retire(self) -> None:
        """Close as soon as nobody uses it."""
        with self._counting:
            unused = not self._retired and not self._users
            self._retired = True
        if unused:
            self._connection.close()

    def allowed(self, where: Filter | None) -> Mask:
        """bool [catalog.size]: documents that are there and pass the filter. Remembered for the last few filters."""
        if where is None:
            return self.catalog.live
        with self._reading:
            if where in self._masks:
                self._masks.move_to_end(where)
                return self._masks[where]
            mask: Mask = passing(where, self._connection, self.catalog.size) & self.catalog.live
            self._masks[where] = mask
            if len(self._masks) > CACHED_FILTERS:
                self._masks.popitem(last=False)
            return mask

    def records(self, documents: Iterable[int]) -> dict[int, Record]:
        """Records by number."""
        with self._reading:
            rows = list(select_in(self._connection, f"SELECT {COLUMNS} FROM documents WHERE seq IN ({{}})", documents))
        return {row[0]: from_row(row) for row in rows}

    def ids(self, documents: Iterable[int]) -> dict[int, str]:
        """Ids by number."""
        with self._reading:
            return dict(select_in(self._connection, "SELECT seq, id FROM documents WHERE seq IN ({})", documents))

    def by_id(self, ids: Sequence[str]) -> dict[str, Record]:
        """Records by id."""
        with self._reading:
            rows = list(select_in(self._connection, f"SELECT {COLUMNS} FROM documents WHERE id IN ({{}})", ids))
        return {row[1]: from_row(row) for row in rows}

    def existing(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids are there."""
        with self._reading:
            return {id for (id,) in select_in(self._connection, "SELECT id FROM documents WHERE id IN ({})", ids)}

    def documents(self) -> Iterator[Document]:
        """Every document as it was given, in the order of writing; a few hundred are held at a time."""
        for chunk in self._chunks(np.flatnonzero(self.catalog.live).tolist()):
            for record in chunk:
                yield to_given(record)

    def scan(self, documents: Sequence[int]) -> Iterator[EncodedDocument]:
        """Documents with their vectors, in the order of `documents`; a few hundred are held at a time."""
        for chunk in self._chunks(documents):
            for record in chunk:
                yield self._encoded(record)

    def _chunks(self, documents: Sequence[int]) -> Iterator[list[Record]]:
        for start in range(0, len(documents), SCANNED):
            chunk = documents[start : start + SCANNED]
            records = self.records(chunk)
            yield [records[seq] for seq in chunk]

    def cosines(self, document: int, question: Float32) -> Float32:
        """Cosines of a document's mentions with a unit vector, float32 [mentions]."""
        rows = slice(*self.catalog.mention_rows.starts[document : document + 2])
        return np.asarray(self.mention_vectors[rows] @ question, dtype=np.float32)

    def _encoded(self, record: Record) -> EncodedDocument:
        mentions = slice(*self.catalog.mention_rows.starts[record.seq : record.seq + 2])
        passages = slice(*self.catalog.passage_rows.starts[record.seq : record.seq + 2])
        passage_vectors: Float32 | None = None
        if self.meta.dimensions.passage is not None and (passages.stop > passages.start or not record.passages):
            passage_vectors = np.array(self.passage_vectors[passages])
        return to_encoded(record, np.array(self.mention_vectors[mentions]), passage_vectors)

    @cached_property
    def statistics(self) -> Statistics:
        """Counts of what is there, and the bytes of the whole generation."""
        catalog = self.catalog
        mentions = np.diff(catalog.mention_rows.starts)[catalog.live].sum()
        passages = catalog.passages[catalog.live].sum()
        return Statistics(catalog.documents, int(passages), int(mentions), catalog.pending, folder_bytes(self.folder))

    @cached_property
    def centroids(self) -> Mapping[Leg, Centroid]:
        """Means of the vectors of what is there."""
        catalog = self.catalog
        found: dict[Leg, Centroid | None] = {
            "typed": centroid(self.mention_vectors, catalog.mention_rows, catalog.live),
            "dense": centroid(self.passage_vectors, catalog.passage_rows, catalog.live),
        }
        return {leg: own for leg, own in found.items() if own is not None}
