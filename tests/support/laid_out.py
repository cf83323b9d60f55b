"""Vectors of documents as they lie in a folder's files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hybrid.documents import Float32
from hybrid.engines.embedded.catalog import Mask, Rows


def laid_out(documents: Sequence[tuple[Sequence[tuple[float, float]], bool]]) -> tuple[Float32, Rows, Mask]:
    """All vectors, where each document's are, and which documents count: each has its vectors, and counts or not."""
    counts = [len(vectors) for vectors, _ in documents]
    vectors = np.array([vector for vectors, _ in documents for vector in vectors], dtype=np.float32).reshape(-1, 2)
    rows = Rows(np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64))
    return vectors, rows, np.array([counted for _, counted in documents], dtype=bool)
