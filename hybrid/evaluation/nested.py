"""Samples of a task's texts, each within the next larger one, that keep every type's share of the texts.

Systematic sampling within strata: texts that answer the same types are a stratum, and the n texts of one stand, in
random order, at the places (i + u) / n of the interval 0..1, with one random u a stratum. The first m texts by place
are the sample of m: of each stratum it holds its share of the first places but for less than one text, so a type's
share may be off by less than a text for each set of types that it occurs in, and is right on average.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hybrid.evaluation.task import Task

SMALLEST = 1000
SEED = 13


def default_sizes(texts: int) -> tuple[int, ...]:
    """1,000 texts, 2,000, 4,000 … below all, and all."""
    sizes, size = [], SMALLEST
    while size < texts:
        sizes.append(size)
        size *= 2
    return (*sizes, texts)


def sampling_order(task: Task, seed: int = SEED) -> NDArray[np.int64]:
    """The texts' indexes in the order in which samples take them, int64 [texts]."""
    strata: dict[frozenset[str], list[int]] = {}
    for place, labels in enumerate(_labels(task)):
        strata.setdefault(labels, []).append(place)
    random = np.random.default_rng(seed)
    places = np.empty(len(task.sentences))
    for members in strata.values():
        places[random.permutation(members)] = (np.arange(len(members)) + random.random()) / len(members)
    return np.argsort(places, kind="stable").astype(np.int64)


def sample(task: Task, order: NDArray[np.int64], size: int) -> Task:
    """The first `size` texts of an order, as a task of its own whose texts stand as in the whole one."""
    kept = np.sort(order[:size]).tolist()
    place_of = {old: new for new, old in enumerate(kept)}
    judged = task.judged
    if judged is not None:
        judged = {
            label: frozenset(place_of[old] for old in found if old in place_of) for label, found in judged.items()
        }
    return Task(
        f"{task.name} at {len(kept):,} texts",
        tuple(task.sentences[old] for old in kept),
        task.types,
        tuple(task.id_of(old) for old in kept),
        judged,
    )


def _labels(task: Task) -> Sequence[frozenset[str]]:
    labels: list[set[str]] = [set() for _ in task.sentences]
    for label, answers in task.answers().items():
        for place in answers:
            labels[place].add(label)
    return [frozenset(own) for own in labels]
