"""Which fusion `auto` shall use: a grid of weights, judged on development data against the typed leg alone.

Fusion is that of `hybrid.fusion` on the legs' own lists, cut to the planner's default depth, so that a figure here is
what an engine gives. min_max with an arithmetic mean is the one form that is searched: others were measured to gain
less or to lose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from hybrid.documents import Leg
from hybrid.evaluation.legs import LEGS, Asked, macro_r_precision
from hybrid.evaluation.measures import macro, r_precision
from hybrid.fusion import Fusion, RankedList, fuse
from hybrid.planning.notation import How, Term, parse_how, print_how
from hybrid.planning.planner import default_depth

DENSE = (0.0, 0.1, 0.2, 0.3, 0.5)
LEXICAL = (0.0, 0.1, 0.2, 0.3, 0.5)
# Weights this near to the best are as good: of them the smallest are taken, which lean most on the typed leg.
NOISE = 0.002


@dataclass(frozen=True, slots=True)
class Choice:
    """What `auto` shall run: `how` in its notation, mean R-Precision with it and with the typed leg alone, the grid."""

    how: str
    mean: float
    typed: float
    grid: Mapping[str, float]


def choose_how(tasks: Sequence[tuple[Asked, ...]]) -> Choice:
    """The smallest weights of the grid whose mean over tasks is within NOISE of the best.

    `typed` where no fusion is better than the typed leg alone, on the same lists.

    Raises:
        ValueError: there are no tasks, or one has no types.
    """
    typed = macro(macro_r_precision(asked, "typed") for asked in tasks)
    grid: dict[str, float] = {}
    for dense, lexical in product(DENSE, LEXICAL):
        weights = _weights(dense, lexical)
        if len(weights) > 1:
            grid[_how(weights)] = macro(macro(_fused(own, weights) for own in asked) for asked in tasks)
    best = max(grid.values())
    if best <= typed:
        return Choice("typed", typed, typed, grid)
    near = [how for how, mean in grid.items() if mean > typed and mean >= best - NOISE]
    chosen = min(near, key=lambda how: sum(term.weight for term in parse_how(how).terms))
    return Choice(chosen, grid[chosen], typed, grid)


def fused_ranking(own: Asked, weights: Mapping[Leg, float], depth: int) -> list[int]:
    """Documents by falling fused score, ties by id as the engines order them."""
    lists = [RankedList(own.lists[leg].documents[:depth], own.lists[leg].scores[:depth]) for leg in weights]
    fused = fuse(lists, Fusion(), list(weights.values()))
    names = fused.documents.astype(str)
    return [int(fused.documents[place]) for place in np.lexsort((names, -fused.scores))]


def _fused(own: Asked, weights: Mapping[Leg, float]) -> float:
    return r_precision(fused_ranking(own, weights, default_depth(len(own.relevant), 0)), own.relevant)


def _weights(dense: float, lexical: float) -> dict[Leg, float]:
    given = zip(LEGS, (1.0, dense, lexical), strict=True)
    return {leg: weight for leg, weight in given if weight > 0.0}


def _how(weights: Mapping[Leg, float]) -> str:
    return print_how(How(tuple(Term(leg, weight) for leg, weight in weights.items()), Fusion()))
