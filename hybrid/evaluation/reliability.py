"""How far probabilities can be believed: what was told beside what came true.

- ECE, expected calibration error: Σ share · |mean probability − share that is right| over 15 bins of equal width.
  Guo et al.: On Calibration of Modern Neural Networks, ICML 2017, formula 3.
- Brier: mean of (probability − right)². Brier: Verification of Forecasts Expressed in Terms of Probability, 1950.
  A proper score: nobody gains by telling another probability than the one believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

BINS = 15
Float64: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bin:
    """Probabilities from `low` up to `high`: their share of all, their mean, and which share of them is right; 0..1."""

    low: float
    high: float
    share: float
    told: float
    right: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """The bins that are not empty, by rising probability, and what they come to; all 0..1, smaller is better."""

    bins: tuple[Bin, ...]
    ece: float
    brier: float


def reliability(probabilities: Float64, right: NDArray[np.bool_], weights: Float64 | None = None) -> Reliability:
    """Probabilities 0..1 against what is right, float64 and bool [n]; `weights` float64 [n] or all the same.

    Raises:
        ValueError: there are none.
    """
    if not len(probabilities):
        raise ValueError("there are no probabilities to judge")
    shares = np.full(len(probabilities), 1.0) if weights is None else weights
    shares = shares / shares.sum()
    places = np.minimum((probabilities * BINS).astype(np.int64), BINS - 1)
    share, told, came = (np.bincount(places, shares * values, minlength=BINS) for values in (1.0, probabilities, right))
    kept = np.flatnonzero(share)
    means = ((values[kept] / share[kept]).tolist() for values in (told, came))
    bins = tuple(
        Bin(place / BINS, (place + 1) / BINS, *row)
        for place, *row in zip(kept.tolist(), share[kept].tolist(), *means, strict=True)
    )
    ece = float(np.abs(told - came).sum())
    return Reliability(bins, ece, float((shares * (probabilities - right) ** 2).sum()))
