"""Whether a difference between systems is more than chance: intervals and tests over types, by SciPy.

The mean is macro: types of a data set count the same, and so do data sets. Seeds are fixed, so that a report is the
same in every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybrid.encoding.extras import require
from hybrid.errors import InvalidInput

Float64 = NDArray[np.float64]
RESAMPLES = 9_999
SEED = 13
LEVEL = 0.95


def bootstrap_interval(groups: Sequence[Sequence[float]], *, seed: int = SEED) -> tuple[float, float]:
    """The 95 % percentile interval of the macro mean, types drawn anew within each data set.

    `groups` holds the types' values of each data set. Efron, Tibshirani: An Introduction to the Bootstrap, 1993,
    section 13.3. Of values that are all equal within each data set, or one type, the interval is the mean alone: it
    then says nothing.

    Raises:
        InvalidInput: no data set, or one without values.
    """
    _check(groups)
    values = [np.asarray(group, dtype=np.float64) for group in groups]
    mean = float(np.mean([group.mean() for group in values]))
    if all(np.ptp(group) == 0.0 for group in values):
        return mean, mean
    require("evaluation", "eval", "scipy")
    from scipy.stats import bootstrap

    # SciPy resamples no sample of a single value: the value is as good twice.
    samples = tuple(np.repeat(group, 2) if len(group) == 1 else group for group in values)
    found = bootstrap(
        samples,
        _mean_of_means,
        vectorized=True,
        n_resamples=RESAMPLES,
        confidence_level=LEVEL,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def paired_test(ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]], *, seed: int = SEED) -> float:
    """The two-sided p of a paired randomisation test of the difference of macro means.

    The values of a type are exchanged between the two systems at random; exactly all ways where they are few (13 types
    or fewer), else 9,999 of them. Smucker, Allan, Carterette: A Comparison of Statistical Significance Tests for
    Information Retrieval Evaluation, CIKM 2007.

    Raises:
        InvalidInput: no data set, one without values, or systems that were not measured on the same types.
    """
    _check(ours)
    if [len(group) for group in ours] != [len(group) for group in theirs]:
        raise InvalidInput("the two systems were not measured on the same types")
    differences = [
        (np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)) / (len(one) * len(ours))
        for one, other in zip(ours, theirs, strict=True)
    ]
    pooled = np.concatenate(differences)
    # One difference is as far from 0 with either sign, and SciPy takes no sample of one.
    if len(pooled) == 1 or not pooled.any():
        return 1.0
    require("evaluation", "eval", "scipy")
    from scipy.stats import permutation_test

    # Exchanging the two values of a type turns the sign of their difference.
    found = permutation_test(
        (pooled,),
        np.sum,
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        alternative="two-sided",
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def holm(values: Sequence[float]) -> list[float]:
    """p values that stay below a level with the same chance of any false claim, however many tests were made.

    The i-th smallest of m is multiplied by m − i + 1, never below the one before it, at most 1. Holm: A Simple
    Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6, 1979.

    Raises:
        InvalidInput: a value that is no probability.
    """
    given = np.asarray(values, dtype=np.float64)
    if not ((given >= 0.0) & (given <= 1.0)).all():
        raise InvalidInput("a p value does not lie between 0 and 1")
    order = np.argsort(given, kind="stable")
    scaled = given[order] * np.arange(len(given), 0, -1)
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return [float(value) for value in adjusted]


def _mean_of_means(*samples: Float64, axis: int = -1) -> Any:
    return sum(np.mean(sample, axis=axis) for sample in samples) / len(samples)


def _check(groups: Sequence[Sequence[float]]) -> None:
    if not groups or not all(len(group) for group in groups):
        raise InvalidInput("there are no types to compare")
