"""The rule by which a way of fusing is taken, on tasks with gold and with detected mentions.

A way keeps the rule where it gains at least GAIN over the typed leg, in the mean over tasks with gold mentions, and is
on no task, with either kind of mentions, more than LOSS below the best single leg. Of those that keep it the best mean
is taken, over tasks and both kinds of mentions; of those within NOISE of it the smallest weights, which lean most on
the typed leg.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hybrid.evaluation.legs import Spans
from hybrid.planning.notation import parse_how

GAIN, LOSS, NOISE = 0.01, 0.005, 0.002
Float64: TypeAlias = NDArray[np.float64]
Int64: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """R-Precision of a task, with one kind of mentions, by type.

    `ways` float64 [ways, types]: of every way, the typed leg alone first; `legs` float64 [legs, types]: of each leg.
    """

    task: str
    spans: Spans
    ways: Float64
    legs: Float64


@dataclass(frozen=True, slots=True)
class Judged:
    """What a way gives: its mean R-Precision over tasks and both kinds of mentions, and what the rule asks for.

    `gain`: over the typed leg, in the mean over tasks with gold mentions. `worst`: the least difference on a task, with
    either kind of mentions, from its best single leg. `keeps`: whether it keeps the rule.
    """

    mean: float
    gain: float
    worst: float
    keeps: bool


def judge(values: Sequence[Values], types: Mapping[str, Int64]) -> list[Judged]:
    """Every way, on some types of each task: their places by the task's name."""
    means = np.array([own.ways[:, types[own.task]].mean(axis=1) for own in values])
    best = np.array([own.legs[:, types[own.task]].mean(axis=1).max() for own in values])
    gold = np.array([own.spans == "gold" for own in values])
    gains = (means - means[:, :1])[gold].mean(axis=0)
    worst = (means - best[:, None]).min(axis=0)
    return [
        Judged(mean, gain, least, keeps=gain >= GAIN and least >= -LOSS)
        for mean, gain, least in zip(means.mean(axis=0).tolist(), gains.tolist(), worst.tolist(), strict=True)
    ]


def choose(judged: Mapping[str, Judged]) -> str:
    """The way, in the notation of `how`, that the rule takes.

    Where none keeps it, the same choice among those that lose at most LOSS on each task; where there are none of these
    either, among all.
    """
    pools = (
        [how for how, own in judged.items() if own.keeps],
        [how for how, own in judged.items() if own.worst >= -LOSS],
        list(judged),
    )
    pool = next(filter(None, pools))
    best = max(judged[how].mean for how in pool)
    near = [how for how in pool if judged[how].mean >= best - NOISE]
    return min(near, key=lambda how: sum(term.weight for term in parse_how(how).terms))
