"""Two rankings that agree up to ties: scores nearer than the tolerance count as equal, at the border too."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

Ranking = Sequence[tuple[Hashable, float]]
Near = Callable[[float, float], bool]


def absolute(tolerance: float) -> Near:
    return lambda one, other: abs(one - other) <= tolerance


def relative(tolerance: float) -> Near:
    return lambda one, other: abs(one - other) <= tolerance * max(abs(one), abs(other))


def assert_same_ranking(one: Ranking, other: Ranking, near: Near) -> None:
    """The same scores place by place, the same score of each name, and other names at the end alone, where it ties."""
    assert len(one) == len(other)
    for (name, first), (twin, second) in zip(one, other, strict=True):
        assert near(first, second), f"{name} has {first}, {twin} in its place has {second}"
    for mine, theirs in ((one, dict(other)), (other, dict(one))):
        for name, score in mine:
            if name in theirs:
                assert near(score, theirs[name]), f"{name} has {score} and {theirs[name]}"
            else:
                assert near(score, mine[-1][1]), f"{name} with {score} is in one alone, and not at its end"
