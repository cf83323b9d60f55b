"""Raw scores of one leg to values that legs can share.

Formulas: OpenSearch neural-search, normalization-processor, verified on 2.19.6 and 3.6.0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

MIN_SCORE = 0.001


def min_max(scores: Float64) -> Float64:
    """(s - min) / (max - min), in 0..1.

    All equal, or one alone: 1. A value of exactly 0 becomes .001, so that the leg's last document stays apart from one
    the leg did not bring; a tiny positive value stays as it is, below it.
    """
    if scores.size == 0:
        return scores.astype(np.float64)
    low, high = scores.min(), scores.max()
    if low == high:
        return np.ones_like(scores, dtype=np.float64)
    values: Float64 = (scores - low) / (high - low)
    values[values == 0.0] = MIN_SCORE
    return values


def l2(scores: Float64) -> Float64:
    """s / sqrt(sum of s squared), in 0..1 for scores that are not negative."""
    norm = float(np.sqrt(np.square(scores, dtype=np.float64).sum()))
    if norm == 0.0:
        return np.full(scores.shape, MIN_SCORE)
    values: Float64 = scores / norm
    return values
