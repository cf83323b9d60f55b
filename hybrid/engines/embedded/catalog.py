"""What a search must know of every document, as arrays indexed by the document's number."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

PENDING = 1  # flag: waits to be encoded
WORDS = 2  # flag: has a token, so that tantivy has it
COUNTS = np.dtype("<i4")


@dataclass(frozen=True)
class Rows:
    """Where each document's vectors lie in one file: document i has the rows starts[i] to starts[i + 1].

    Rows of deleted documents stay in the file, so the starts cover it without a gap. `starts` int64 [documents + 1].
    """

    starts: Int64

    @cached_property
    def counts(self) -> Int64:
        """How many rows each document has."""
        return np.diff(self.starts)

    @cached_property
    def owners(self) -> Int64:
        """Documents that have rows, rising."""
        return np.flatnonzero(self.counts)

    @cached_property
    def firsts(self) -> Int64:
        """First row of each of `owners`, and at the end the number of rows."""
        return np.append(self.starts[self.owners], self.starts[-1])

    @cached_property
    def places(self) -> NDArray[np.int32]:
        """Of each row, which of `owners` it is of."""
        return np.repeat(np.arange(len(self.owners), dtype=np.int32), self.counts[self.owners])

    @property
    def count(self) -> int:
        """Rows in all."""
        return int(self.starts[-1])


@dataclass(frozen=True)
class Catalog:
    """All documents ever written, the deleted ones among them: the arrays have one entry for each number.

    `live` bool; `passages` int32, counted also where they have no vector; `flags` uint8.
    """

    version: int
    live: Mask
    flags: NDArray[np.uint8]
    passages: NDArray[np.int32]
    mention_rows: Rows
    passage_rows: Rows

    @property
    def size(self) -> int:
        """How many numbers were given out."""
        return len(self.live)

    @cached_property
    def documents(self) -> int:
        """How many documents there are."""
        return int(np.count_nonzero(self.live))

    @cached_property
    def pending(self) -> int:
        """How many of them wait to be encoded."""
        return int(np.count_nonzero(self.live & (self.flags & PENDING > 0)))

    @cached_property
    def with_words(self) -> Mask:
        """Documents that are there and have a token."""
        return self.live & (self.flags & WORDS > 0)

    @cached_property
    def with_words_count(self) -> int:
        """How many documents tantivy must have."""
        return int(np.count_nonzero(self.with_words))


EMPTY = Catalog(
    version=-1,
    live=np.zeros(0, np.bool_),
    flags=np.zeros(0, np.uint8),
    passages=np.zeros(0, np.int32),
    mention_rows=Rows(np.zeros(1, np.int64)),
    passage_rows=Rows(np.zeros(1, np.int64)),
)


def load_catalog(connection: sqlite3.Connection, version: int, earlier: Catalog = EMPTY) -> Catalog:
    """The catalog of a store's version, from an earlier one of the same store and what came since."""
    rows = connection.execute(
        "SELECT mention_rows, passage_rows, passages, flags FROM batches WHERE first >= ? ORDER BY first",
        (earlier.size,),
    ).fetchall()
    mention_rows, passage_rows, passages, flags = zip(*rows, strict=True) if rows else ((), (), (), ())
    new_flags = np.frombuffer(b"".join(flags), dtype=np.uint8)
    live = np.concatenate([earlier.live, np.ones(len(new_flags), np.bool_)])
    gone = connection.execute("SELECT seq FROM deleted WHERE version > ?", (earlier.version,)).fetchall()
    live[np.array(gone, dtype=np.int64).reshape(-1)] = False
    return Catalog(
        version,
        live,
        np.concatenate([earlier.flags, new_flags]),
        np.concatenate([earlier.passages, _counts(passages)]),
        _continued(earlier.mention_rows, _counts(mention_rows)),
        _continued(earlier.passage_rows, _counts(passage_rows)),
    )


def pack_counts(counts: Iterable[int]) -> bytes:
    """Counts as a column of `batches`."""
    return np.fromiter(counts, dtype=COUNTS).tobytes()


def _counts(columns: Iterable[bytes]) -> NDArray[np.int32]:
    return np.frombuffer(b"".join(columns), dtype=COUNTS)


def _continued(rows: Rows, counts: NDArray[np.int32]) -> Rows:
    return Rows(np.concatenate([rows.starts, rows.starts[-1] + np.cumsum(counts, dtype=np.int64)]))
