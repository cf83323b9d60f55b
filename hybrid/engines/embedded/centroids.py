"""The mean of an index's vectors, which questions are centred by."""

from __future__ import annotations

import numpy as np

from hybrid.documents import Float32
from hybrid.engines.embedded.catalog import Mask, Rows
from hybrid.engines.protocol import Centroid

# Some hundred vectors are enough for a mean; this many documents are copied in a few hundredths of a second.
SAMPLE = 10_000


def centroid(vectors: Float32, rows: Rows, live: Mask) -> Centroid | None:
    """The mean over the rows of documents that are there, or over those of SAMPLE evenly spaced ones; None without any.

    Args:
        vectors: float32 [rows, d].
        rows: where each document's rows are.
        live: bool [documents].
    """
    owners = rows.owners[live[rows.owners]]
    count = int(rows.counts[owners].sum())
    if not count or not vectors.shape[1]:
        return None
    if len(owners) > SAMPLE:
        owners = owners[np.linspace(0, len(owners) - 1, SAMPLE).astype(np.int64)]
    counts = rows.counts[owners]
    shifts = rows.starts[owners] - np.append(0, np.cumsum(counts)[:-1])
    places = np.arange(counts.sum()) + np.repeat(shifts, counts)
    return Centroid(vectors[places].mean(axis=0, dtype=np.float64).astype(np.float32), count)
