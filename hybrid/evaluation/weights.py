"""Which fusion `auto` shall run, and how far questions are centred: judged on development data by a stated rule.

Every way has all legs that the bundle has: without a passage vector these are typed and lexical. The tasks ask for a
kind alone, where the lexical leg adds little; but a question may come with words (`about`), and a fusion without that
leg would match none of them exactly.

Fusion is that of `hybrid.fusion` on the legs' own lists, cut to the planner's default depth, so that a figure here is
what an engine gives. min_max with an arithmetic mean is the one form that is searched: others were measured to gain
less or to lose. Weights are chosen for each share of centring (see `hybrid.retriever.centring`) by itself, and then the
share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from statistics import fmean

import numpy as np

from hybrid.documents import Leg
from hybrid.evaluation.fusion_rule import NOISE, Int64, Judged, Values, choose, judge
from hybrid.evaluation.legs import Asked, Spans
from hybrid.evaluation.measures import r_precision
from hybrid.fusion import Fusion, RankedList, fuse
from hybrid.planning.notation import How, Term, parse_how, print_how, print_number
from hybrid.planning.planner import default_depth

DENSE = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
LEXICAL = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7)
WEIGHTS: Mapping[Leg, Sequence[float]] = {"typed": (1.0,), "dense": DENSE, "lexical": LEXICAL}
TYPED = "typed"
# Shares of centring that are tried.
SHARES = (0.0, 0.25, 0.5, 0.75)
SPLITS, SEED = 10, 13


@dataclass(frozen=True, slots=True)
class Case:
    """A task with one kind of mentions, put to every leg that there is, the same ones in all cases.

    `asked` are its types, the same ones for both kinds.
    """

    task: str
    spans: Spans
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """The choice repeated on half of each task's types and judged on the other half, over several splits, both ways.

    `gain`: over the typed leg with gold mentions, its mean, and `low` and `high` of a single half; `worst`: mean of the
    least difference from the best single leg. `kept`: in how many of `halves` the way keeps the rule; a half has few
    types, so that chance alone may break it.
    """

    gain: float
    low: float
    high: float
    worst: float
    kept: int
    halves: int


@dataclass(frozen=True, slots=True)
class Share:
    """What a share of centring gives with its own best way: `mean`, that of the `typed` leg alone, and `keeps`."""

    mean: float
    typed: float
    keeps: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What `auto` shall run, in the notation of `how`, and why.

    `mean`, `gain`, `worst` and `keeps` are the way's own (see `Judged`): where `keeps` is false, no way of the grid
    keeps the rule. `typed`: the mean of the typed leg alone. `held`: the choice of weights judged on types that it did
    not see, None where a task has a single type. `grid`: every way. All with questions that are centred as `how` says;
    `shares`: every share of centring that was tried.
    """

    how: str
    mean: float
    typed: float
    gain: float
    worst: float
    keeps: bool
    held: Held | None
    grid: Mapping[str, Judged]
    shares: Mapping[str, Share] = field(default_factory=dict)


def choose_centred(cases: Mapping[float, Sequence[Case]]) -> Choice:
    """The share of centring with its way: `cases` by share, each asked with questions that are centred by it.

    Of the shares whose way gives no less than that of the smallest share, those whose way keeps the rule, or all where
    none does; of these the highest mean, and of those within NOISE of it the smallest share.

    Raises:
        ValueError: there are no cases, or as `choose_how`.
    """
    choices = {share: choose_how(own) for share, own in cases.items()}
    harmless = {share: own for share, own in choices.items() if own.mean >= choices[min(choices)].mean}
    pool = {share: own for share, own in harmless.items() if own.keeps} or harmless
    best = max(own.mean for own in pool.values())
    share = min(share for share, own in pool.items() if own.mean >= best - NOISE)
    told = {print_number(share): Share(own.mean, own.typed, own.keeps) for share, own in choices.items()}
    how = print_how(replace(parse_how(choices[share].how), centring=share or None))
    return replace(choices[share], how=how, shares=told)


def choose_how(cases: Sequence[Case]) -> Choice:
    """The way that the rule takes on these tasks; `typed` where no fusion is better.

    Raises:
        ValueError: there are no tasks with gold mentions, or one has no types.
    """
    if not any(case.spans == "gold" for case in cases) or not all(case.asked for case in cases):
        raise ValueError("weights are chosen on tasks with types and gold mentions; these have none")
    ways = _grid(cases[0].asked[0].lists)
    values = [_values(case, list(ways.values())) for case in cases]
    grid = dict(zip(ways, judge(values, {case.task: np.arange(len(case.asked)) for case in cases}), strict=True))
    how = choose(grid)
    own = grid[how]
    held = _held(values, list(ways), {case.task: len(case.asked) for case in cases})
    return Choice(how, own.mean, grid[TYPED].mean, own.gain, own.worst, own.keeps, held, grid)


def fused_ranking(own: Asked, weights: Mapping[Leg, float], depth: int) -> list[int]:
    """Documents by falling fused score, ties by id as the engines order them."""
    lists = [RankedList(own.lists[leg].documents[:depth], own.lists[leg].scores[:depth]) for leg in weights]
    fused = fuse(lists, Fusion(), list(weights.values()))
    names = fused.documents.astype(str)
    return [int(fused.documents[place]) for place in np.lexsort((names, -fused.scores))]


def _values(case: Case, ways: Sequence[Mapping[Leg, float]]) -> Values:
    legs = [
        [r_precision(own.lists[leg].documents.tolist(), own.relevant) for own in case.asked]
        for leg in case.asked[0].lists
    ]
    fused = [[_fused(own, weights) for own in case.asked] for weights in ways]
    return Values(case.task, case.spans, np.array(fused), np.array(legs))


def _fused(own: Asked, weights: Mapping[Leg, float]) -> float:
    return r_precision(fused_ranking(own, weights, default_depth(len(own.relevant), 0)), own.relevant)


def _held(values: Sequence[Values], ways: Sequence[str], types: Mapping[str, int]) -> Held | None:
    if min(types.values()) < 2:
        return None
    random = np.random.default_rng(SEED)
    judged = []
    for _ in range(SPLITS):
        first, second = _halves({task: random.permutation(count) for task, count in types.items()})
        for seen, unseen in ((first, second), (second, first)):
            how = choose(dict(zip(ways, judge(values, seen), strict=True)))
            judged.append(judge(values, unseen)[ways.index(how)])
    gains = [own.gain for own in judged]
    kept = sum(own.keeps for own in judged)
    return Held(fmean(gains), min(gains), max(gains), fmean(own.worst for own in judged), kept, len(judged))


def _halves(orders: Mapping[str, Int64]) -> tuple[dict[str, Int64], dict[str, Int64]]:
    cut = {task: len(order) // 2 for task, order in orders.items()}
    return (
        {task: order[: cut[task]] for task, order in orders.items()},
        {task: order[cut[task] :] for task, order in orders.items()},
    )


def _grid(legs: Iterable[Leg]) -> dict[str, dict[Leg, float]]:
    """Every way with its weights, the typed leg alone first; each of the others has all legs."""
    tried = {leg: WEIGHTS[leg] for leg in legs}
    ways: dict[str, dict[Leg, float]] = {TYPED: {"typed": 1.0}}
    for values in product(*tried.values()):
        weights = dict(zip(tried, values, strict=True))
        ways[_how(weights)] = weights
    return ways


def _how(weights: Mapping[Leg, float]) -> str:
    return print_how(How(tuple(Term(leg, weight) for leg, weight in weights.items()), Fusion()))
