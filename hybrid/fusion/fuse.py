"""Several ranked lists to one, and how each list took part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hybrid.fusion.combination import arithmetic, geometric, harmonic
from hybrid.fusion.normalization import l2, min_max
from hybrid.fusion.ranks import RANK_CONSTANT, rank_weights, reciprocal

Technique = Literal["min_max", "l2", "rrf"]
Mean = Literal["arithmetic", "geometric", "harmonic"]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

NORMALIZERS: dict[str, Callable[[Float64], Float64]] = {"min_max": min_max, "l2": l2}
MEANS: dict[str, Callable[[Float64, Float64], Float64]] = {
    "arithmetic": arithmetic,
    "geometric": geometric,
    "harmonic": harmonic,
}


@dataclass(frozen=True, slots=True)
class Fusion:
    """How legs become one list; `mean` is of min_max and l2 alone, `c` (the rank constant) of rrf alone."""

    technique: Technique = "min_max"
    mean: Mean = "arithmetic"
    c: int = RANK_CONSTANT


@dataclass(frozen=True, slots=True, eq=False)
class RankedList:
    """One leg's first documents, best first: `documents` int64 [n] (each once), `scores` float64 [n], raw."""

    documents: Int64
    scores: Float64


@dataclass(frozen=True, slots=True, eq=False)
class Fused:
    """The union of the lists in no order: `documents` int64 [n], `scores` float64 [n].

    Per leg, float64 [n, legs], NaN where the leg did not bring the document: `ranks` from 1, `values` after
    normalisation (rrf: the reciprocal rank), `contributions` that sum to the score (all NaN for the geometric and the
    harmonic mean, which are no sums).
    """

    documents: Int64
    scores: Float64
    ranks: Float64
    values: Float64
    contributions: Float64


def fuse(lists: Sequence[RankedList], fusion: Fusion, weights: Sequence[float]) -> Fused:
    """Fuse lists that are already cut to the plan's depth.

    Args:
        lists: one a leg, in the order of `weights`.
        fusion: technique, mean, rank constant.
        weights: not negative, at least one above 0.
    """
    if len(lists) != len(weights):
        raise ValueError(f"{len(lists)} lists and {len(weights)} weights were given; expected as many of each")
    documents, places = _union(lists)
    factors = np.asarray(weights, dtype=np.float64)
    # Only their ratios count; sums of the largest floats would overflow.
    factors = factors / factors.max()
    ranks = _spread(len(documents), places, [np.arange(1.0, len(ranked.documents) + 1) for ranked in lists])
    if fusion.technique == "rrf":
        values, factors = reciprocal(ranks, fusion.c), rank_weights(factors)
        contributions = values * factors
        scores: Float64 = np.nansum(contributions, axis=1)
    else:
        normalize = NORMALIZERS[fusion.technique]
        values = _spread(len(documents), places, [normalize(ranked.scores) for ranked in lists])
        scores = MEANS[fusion.mean](values, factors)
        additive = fusion.mean == "arithmetic"
        contributions = values * factors / factors.sum() if additive else np.full_like(values, np.nan)
    return Fused(documents, scores, ranks, values, contributions)


def _union(lists: Sequence[RankedList]) -> tuple[Int64, list[Int64]]:
    """All documents, rising, and per list where its documents stand among them."""
    # One sort for both: np.unique with its inverse takes twice as long, a binary search per document longer still.
    merged = np.concatenate([ranked.documents for ranked in lists])
    order = np.argsort(merged)
    rising = merged[order]
    first = np.ones(len(merged), np.bool_)
    np.not_equal(rising[1:], rising[:-1], out=first[1:])
    inverse = np.empty(len(merged), np.int64)
    inverse[order] = np.cumsum(first) - 1
    ends = np.cumsum([len(ranked.documents) for ranked in lists])
    return rising[first], np.split(inverse, ends[:-1])


def _spread(documents: int, places: Sequence[Int64], columns: Sequence[Float64]) -> Float64:
    table = np.full((documents, len(places)), np.nan)
    for leg, (rows, column) in enumerate(zip(places, columns, strict=True)):
        table[rows, leg] = column
    return table
