"""Many spans of token states to one row each, in NumPy, so that a backbone without torch can take torch's place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import Float32
from hybrid.encoding.taps import Pool
from hybrid.errors import EncoderError

Index = NDArray[np.int64]


def pool(state: Float32, rows: Index, starts: Index, ends: Index, how: Pool) -> Float32:
    """Pool token states over spans: [b, t, w] with spans int64 [n] to float32 [n, w].

    Span i is the half-open token range `starts[i]:ends[i]` of text `rows[i]`; it must not be empty (EncoderError).
    `mean` adds up each span by itself, so the result does not depend on what else is in the batch.
    """
    outside = (starts < 0) | (ends > state.shape[1]) | (ends <= starts) | (rows < 0) | (rows >= state.shape[0])
    if outside.any():
        at = int(np.flatnonzero(outside)[0])
        raise EncoderError(
            f"span {at} is tokens {starts[at]}:{ends[at]} of row {rows[at]}, expected a range that is not empty "
            f"within {state.shape[0]} rows of {state.shape[1]} tokens"
        )
    if how == "last":
        return np.ascontiguousarray(state[rows, ends - 1], dtype=np.float32)
    if how == "first":
        return np.ascontiguousarray(state[rows, starts], dtype=np.float32)
    return _mean(state, rows, starts, ends)


def _mean(state: Float32, rows: Index, starts: Index, ends: Index) -> Float32:
    lengths = ends - starts
    if not len(lengths):
        return np.zeros((0, state.shape[2]), dtype=np.float32)
    offsets = np.cumsum(lengths) - lengths
    # Every token of every span, one span after another: `reduceat` then never adds across two spans.
    tokens = np.arange(int(lengths.sum())) - np.repeat(offsets - starts, lengths)
    gathered = state[np.repeat(rows, lengths), tokens]
    sums = np.add.reduceat(gathered, offsets, axis=0, dtype=np.float32)
    return np.asarray(sums / lengths[:, None].astype(np.float32), dtype=np.float32)
