"""Values of several legs to one score a document.

`values` is float64 [documents, legs] with NaN where a leg did not bring the document; `weights` float64 [legs].
Formulas: OpenSearch neural-search, combination techniques, verified on 2.19.6 and 3.6.0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


def arithmetic(values: Float64, weights: Float64) -> Float64:
    """sum(w v) / sum(w): an absent document, or a leg that found nothing, counts 0 and its weight stays in sum(w)."""
    total: Float64 = np.where(np.isnan(values), 0.0, values) @ weights / weights.sum()
    return total


def geometric(values: Float64, weights: Float64) -> Float64:
    """exp(sum(w ln v) / sum(w)) over the legs that have the document with a value and a weight above 0."""
    present = (values > 0.0) & (weights > 0.0)
    logs = np.log(np.where(present, values, 1.0)) @ weights
    return _over_present(present, weights, logs, np.exp)


def harmonic(values: Float64, weights: Float64) -> Float64:
    """sum(w) / sum(w / v) over the legs that have the document with a value and a weight above 0."""
    present = (values > 0.0) & (weights > 0.0)
    inverses = np.where(present, 1.0 / np.where(present, values, 1.0), 0.0) @ weights
    return _over_present(present, weights, inverses, np.reciprocal)


def _over_present(present: NDArray[np.bool_], weights: Float64, sums: Float64, finish: np.ufunc) -> Float64:
    total = present @ weights
    scores = np.zeros(len(present))
    some = total > 0.0
    scores[some] = finish(sums[some] / total[some])
    return scores
