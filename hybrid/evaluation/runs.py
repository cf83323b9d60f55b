"""Runs: what a system ranked for every type of a task, as TREC calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hybrid.errors import InvalidInput
from hybrid.evaluation.legs import Spans

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Texts of a task by falling score: indexes int64 [n] and scores float64 [n].

    `mentions` is, per text, the span of code points of its best mention, the one that is shown first; None where a text
    has none, and as a whole for a system that ranks texts without regard to mentions.
    """

    documents: NDArray[np.int64]
    scores: NDArray[np.float64]
    mentions: tuple[Span | None, ...] | None = None

    def __post_init__(self) -> None:
        if self.documents.shape != self.scores.shape or np.isnan(self.scores).any() or (np.diff(self.scores) > 0).any():
            raise InvalidInput("a ranking needs as many scores as documents, none NaN and none rising")
        if len(np.unique(self.documents)) != len(self.documents):
            raise InvalidInput("a ranking names a document twice")
        if self.mentions is not None and len(self.mentions) != len(self.documents):
            raise InvalidInput("a ranking needs a mention, or None, for each of its documents")


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One system on one task: a ranking a label. `spans` are the mentions that it ran on."""

    task: str
    spans: Spans
    system: str
    rankings: Mapping[str, Ranking]


def best_first(
    scores: NDArray[np.float64] | NDArray[np.float32],
    depth: int,
    mentions: Sequence[Span | None] | None = None,
    *,
    above: float | None = None,
) -> Ranking:
    """The first `depth` texts of a score for each of them, [texts]; equal scores by id as the engines order them.

    `mentions` holds a span for each text; with `above`, texts whose score is not greater are left out.
    """
    among = np.arange(len(scores)) if above is None else np.flatnonzero(scores > above)
    order = among[np.lexsort((among.astype(str), -scores[among]))][:depth].astype(np.int64)
    won = None if mentions is None else tuple(mentions[place] for place in order)
    return Ranking(order, scores[order].astype(np.float64), won)


def strictly_falling(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores in the same order without ties, float64 [n], each a float32 apart from the next.

    trec_eval ignores the order of a run and sorts by score, which it keeps as a float32, and equal scores by id
    backwards. A score that is not below the one before becomes the next float32 below that.
    """
    fallen = scores.astype(np.float32)
    for place in range(1, len(fallen)):
        if not fallen[place] < fallen[place - 1]:
            fallen[place] = np.nextafter(fallen[place - 1], np.float32(-np.inf))
    return fallen.astype(np.float64)
