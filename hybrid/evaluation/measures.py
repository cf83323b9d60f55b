"""Measures of a ranked list against a set of relevant documents; each in 0..1, larger is better."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from statistics import fmean


def r_precision(ranked: Sequence[Hashable], relevant: Collection[Hashable]) -> float:
    """Precision at R, R the number of relevant documents: |relevant among the first R| / R.

    A list that ends before R counts what is missing as not relevant. The same formula as trec_eval's `Rprec`;
    Manning, Raghavan, Schütze: Introduction to Information Retrieval, 2008, section 8.4.

    Raises:
        ValueError: nothing is relevant, so that the measure has no value, or a document is ranked twice.
    """
    wanted = _checked(ranked, relevant)
    return len(wanted.intersection(ranked[: len(wanted)])) / len(wanted)


def macro(values: Iterable[float]) -> float:
    """The plain mean, each type (or task) counting the same.

    Raises:
        ValueError: there are no values.
    """
    return fmean(values)


def _checked(ranked: Sequence[Hashable], relevant: Collection[Hashable]) -> set[Hashable]:
    if not relevant:
        raise ValueError("nothing is relevant; the measure has no value")
    if len(set(ranked)) != len(ranked):
        raise ValueError("a document is ranked twice")
    return set(relevant)
