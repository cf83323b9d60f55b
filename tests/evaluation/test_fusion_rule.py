"""The rule of a fusion: a gain on the mean, and no task below its best single leg by more than a little."""

import numpy as np
import pytest

from hybrid.evaluation.fusion_rule import GAIN, LOSS, NOISE, Judged, Values, choose, judge

TYPED, SMALL, LARGE = "typed", "min_max(typed=1, lexical=.1)", "min_max(typed=1, dense=.5)"


def values(task, ways, legs, spans="gold"):
    """A task with one type."""
    return Values(task, spans, np.array(ways)[:, None], np.array(legs)[:, None])


def judged(mean=0.6, gain=0.02, worst=0.0):
    return Judged(mean, gain, worst, keeps=gain >= GAIN and worst >= -LOSS)


def test_gain_is_over_gold_and_worst_is_the_worst_task_of_either_kind():
    tasks = [
        values("a", [0.5, 0.6], [0.5, 0.3, 0.1]),
        values("b", [0.4, 0.42], [0.4, 0.3, 0.1]),
        values("a", [0.2, 0.29], [0.2, 0.3, 0.1], "detected"),
    ]
    typed, fused = judge(tasks, dict.fromkeys("ab", np.array([0])))
    assert typed == Judged(pytest.approx(1.1 / 3), 0.0, pytest.approx(-0.1), keeps=False)
    assert fused == Judged(pytest.approx(1.31 / 3), pytest.approx(0.06), pytest.approx(-0.01), keeps=False)


def test_a_way_that_gains_and_harms_no_task_keeps_the_rule():
    [_, fused] = judge([values("a", [0.5, 0.52], [0.5, 0.52, 0.1])], {"a": np.array([0])})
    assert fused.keeps


def test_a_way_that_keeps_the_rule_comes_before_a_better_mean():
    assert choose({TYPED: judged(gain=0.0), SMALL: judged(0.6), LARGE: judged(0.7, worst=-0.006)}) == SMALL


def test_of_means_within_noise_the_smallest_weights_are_taken():
    assert choose({LARGE: judged(0.6), SMALL: judged(0.6 - NOISE / 2)}) == SMALL
    assert choose({LARGE: judged(0.6), SMALL: judged(0.6 - NOISE * 2)}) == LARGE


def test_where_none_keeps_the_rule_the_best_that_harms_no_task_is_taken():
    ways = {TYPED: judged(0.6, 0.0), SMALL: judged(0.604, 0.004), LARGE: judged(0.7, 0.1, -0.1)}
    assert choose(ways) == SMALL
    assert choose({TYPED: judged(0.6, 0.0, -0.2), LARGE: judged(0.7, 0.1, -0.1)}) == LARGE
