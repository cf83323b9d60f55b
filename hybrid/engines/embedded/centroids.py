"""The mean of an index's vectors, which questions are centred by."""

from __future__ import annotations

import numpy as np

from hybrid.documents import Float32
from hybrid.engines.embedded.catalog import Mask, Rows
from hybrid.engines.protocol import Centroid

# Some hundred vectors are enough for a mean; this many are copied in a few hundredths of a second.
SAMPLE = 10_000


def centroid(vectors: Float32, rows: Rows, live: Mask) -> Centroid | None:
    """The mean over the rows of documents that are there, or over SAMPLE evenly spaced ones of them; None without any.

    Args:
        vectors: float32 [rows, d].
        rows: where each document's rows are.
        live: bool [documents].
    """
    owners = rows.owners[live[rows.owners]]
    ends = np.cumsum(rows.counts[owners])
    count = int(ends[-1]) if len(ends) else 0
    if not count or not vectors.shape[1]:
        return None
    drawn = np.arange(count) if count <= SAMPLE else np.linspace(0, count - 1, SAMPLE).astype(np.int64)
    owner = ends.searchsorted(drawn, side="right")
    places = rows.starts[owners[owner] + 1] - ends[owner] + drawn
    return Centroid(vectors[places].mean(axis=0, dtype=np.float64).astype(np.float32), count)
