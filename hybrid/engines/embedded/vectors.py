"""Vectors as append-only files: raw little-endian float32 [rows, width], nothing before or after.

How many rows count stands in the store. Rows are written and synced before the store's commit, so a committed document
always has its rows; rows past the count are of a batch that was never committed, and the next one overwrites them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hybrid.documents import Float32
from hybrid.errors import IndexDamaged

MENTIONS = "mentions.f32"
PASSAGES = "passages.f32"
BYTES = 4


def create_vectors(path: Path) -> None:
    """An empty file."""
    path.touch(exist_ok=True)


def map_vectors(path: Path, rows: int, width: int) -> Float32:
    """The first `rows` rows, read-only [rows, width], read from disk as they are used.

    Raises:
        IndexDamaged: the file is shorter than the store says.
    """
    if not rows or not width:
        return np.zeros((rows, width), dtype=np.float32)
    size = path.stat().st_size
    if size < rows * width * BYTES:
        raise IndexDamaged(f"{path}: {size:,} bytes were found; expected {rows * width * BYTES:,}")
    return np.asarray(np.memmap(path, dtype="<f4", mode="r", shape=(rows, width)))


class VectorWriter:
    """Appends rows after the committed ones."""

    def __init__(self, path: Path, rows: int, width: int) -> None:
        self._file = path.open("r+b", buffering=0)
        self._rows, self._width = rows, width

    @property
    def rows(self) -> int:
        """Rows written and synced so far."""
        return self._rows

    def append(self, parts: Sequence[Float32]) -> None:
        """Write and sync arrays [n, width], one after another."""
        if not parts or not self._width:
            return
        block: Float32 = np.ascontiguousarray(np.concatenate(parts), dtype="<f4")
        if not len(block):
            return
        self._file.seek(self._rows * self._width * BYTES)
        view = memoryview(block.data).cast("B")
        while view:
            view = view[self._file.write(view) :]
        os.fsync(self._file.fileno())
        self._rows += len(block)

    def cut(self, rows: int) -> None:
        """Give up the rows from `rows` on, so that a full disk has its room back."""
        self._rows = rows
        self._file.truncate(rows * self._width * BYTES)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
