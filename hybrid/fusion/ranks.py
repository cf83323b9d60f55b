"""Reciprocal rank fusion: ranks alone, no raw scores.

Cormack, Clarke, Büttcher: Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods, SIGIR
2009; OpenSearch's score-ranker-processor.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

RANK_CONSTANT = 60


def reciprocal(ranks: Float64, c: int = RANK_CONSTANT) -> Float64:
    """1 / (c + rank), rank from 1; NaN (absent) stays NaN."""
    values: Float64 = 1.0 / (c + ranks)
    return values


def rank_weights(weights: Float64) -> Float64:
    """The factors of the reciprocal ranks: 1 each where all weights are equal, else the weights scaled to sum 1.

    The engine does not divide by the sum of weights here, and equal weights are not sent to it at all.
    """
    if np.all(weights == weights[0]):
        return np.ones_like(weights)
    scaled: Float64 = weights / weights.sum()
    return scaled
