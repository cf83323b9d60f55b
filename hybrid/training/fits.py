"""Fits of a calibration to weighted (cosine, right) pairs; NumPy alone, since a training needs nothing else.

All take `cosines` float64 [n], `right` bool [n] and `weights` float64 [n] above 0, n at least 1.
"""

from __future__ import annotations

import numpy as np

from hybrid.encoding.calibration import Float64, Isotonic, Platt
from hybrid.evaluation.pairs import Bools

KNOTS = 32
DIGITS = 5
STEPS, SMALL = 100, 1e-10


def fit_platt(cosines: Float64, right: Bools, weights: Float64) -> Platt:
    """The sigmoid of the greatest likelihood, by Newton's method; of slope 0 where larger cosines are no more right.

    Platt 1999: the targets are (N₊ + 1) / (N₊ + 2) and 1 / (N₋ + 2), so that the slope stays finite where a cosine
    parts right from wrong. Lin, Lin, Weng: A Note on Platt's Probabilistic Outputs for Support Vector Machines, 2007:
    a step that does not help is halved.
    """
    weights = weights * (len(weights) / weights.sum())
    positive, negative = float(weights[right].sum()), float(weights[~right].sum())
    targets = np.where(right, (positive + 1.0) / (positive + 2.0), 1.0 / (negative + 2.0))
    inputs = np.stack([cosines, np.ones_like(cosines)])

    def loss(at: Float64) -> float:
        logits = at @ inputs
        return float((weights * (np.logaddexp(0.0, logits) - targets * logits)).sum())

    base = float((weights * targets).sum() / weights.sum())
    flat = np.array([0.0, np.log(base / (1.0 - base))])
    at = flat
    for _ in range(STEPS):
        values = Platt(*at).of(cosines)
        hessian = (inputs * (weights * values * (1.0 - values))) @ inputs.T + SMALL * np.eye(2)
        step = np.linalg.solve(hessian, inputs @ (weights * (values - targets)))
        now = loss(at)
        while loss(at - step) > now and np.abs(step).max() > SMALL:
            step = step / 2.0
        at = at - step
        if np.abs(step).max() <= SMALL:
            break
    slope, intercept = at if at[0] > 0.0 else flat
    return Platt(round(float(slope), DIGITS), round(float(intercept), DIGITS))


def fit_isotonic(cosines: Float64, right: Bools, weights: Float64) -> Isotonic:
    """At most 32 knots: means of as many bins, of which neighbours that fall are pooled (PAV).

    Right pairs are few, so right and wrong ones count the same where the bins are cut: knots stand where both are. Ayer
    et al.: An Empirical Distribution Function for Sampling with Incomplete Information, 1955 (pool adjacent violators).
    """
    order = np.argsort(cosines, kind="stable")
    cosines, right, weights = cosines[order], right[order], weights[order]
    firsts = _borders(cosines, right, weights)
    mass, at, share = (np.add.reduceat(values, firsts) for values in (weights, weights * cosines, weights * right))
    values = pooled(share / mass, mass)
    # Of equal values the first and the last are enough, and equal cosines are one knot.
    inner = np.zeros(len(values), dtype=np.bool_)
    inner[1:-1] = (values[1:-1] == values[:-2]) & (values[1:-1] == values[2:])
    knots = dict(
        zip(np.round(at / mass, DIGITS)[~inner].tolist(), np.round(values, DIGITS)[~inner].tolist(), strict=True)
    )
    return Isotonic(tuple(knots), tuple(knots.values()))


def pooled(values: Float64, weights: Float64) -> Float64:
    """The nearest values that never fall, by weighted squares: neighbours that fall take their mean; float64 [n]."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        block = (value, weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            before = blocks.pop()
            mass = before[1] + block[1]
            block = ((before[0] * before[1] + block[0] * block[1]) / mass, mass, before[2] + block[2])
        blocks.append(block)
    return np.repeat([value for value, _, _ in blocks], [count for _, _, count in blocks])


def _borders(cosines: Float64, right: Bools, weights: Float64) -> np.ndarray:
    """Where bins begin; no bin parts equal cosines."""
    halves = np.where(right, weights / max(weights[right].sum(), SMALL), weights / max(weights[~right].sum(), SMALL))
    heights = np.cumsum(halves)
    cuts = np.searchsorted(heights, heights[-1] * np.arange(1, KNOTS) / KNOTS)
    cuts = np.searchsorted(cosines, cosines[np.minimum(cuts, len(cosines) - 1)])
    return np.unique(np.concatenate([[0], cuts]))
