"""Which calibration is chosen: judged on tasks that were left out of the fit."""

import numpy as np
import pytest

from hybrid.errors import InvalidInput
from hybrid.evaluation.pairs import Pairs
from hybrid.training.calibrating import calibrated_to_json, calibration_figures, choose_calibration


def task(name: str, seed: int, mentions: int = 400, slope: float = 10.0) -> Pairs:
    """A task with three types whose pairs are right as a sigmoid says, two mentions a text."""
    random = np.random.default_rng(seed)
    cosines = random.uniform(-0.2, 0.9, (mentions, 3)).astype(np.float32)
    right = random.random(cosines.shape) < 1.0 / (1.0 + np.exp(-(slope * cosines - 5.0)))
    return Pairs(name, cosines, right, np.arange(mentions) // 2)


TASKS = [task("a", 1), task("b", 2), task("c", 3, mentions=40)]


def test_a_sigmoid_is_found_where_a_sigmoid_made_the_pairs():
    chosen = choose_calibration(TASKS)
    assert chosen.method == "platt"
    assert chosen.calibration.slope == pytest.approx(10.0, rel=0.2)


def test_each_method_is_judged_on_each_task():
    chosen = choose_calibration(TASKS)
    assert set(chosen.held_out) == {"platt", "isotonic"}
    assert all(list(by_task) == ["a", "b", "c"] for by_task in (*chosen.held_out.values(), *chosen.shown.values()))
    means = {method: np.mean([one.brier for one in by_task.values()]) for method, by_task in chosen.held_out.items()}
    assert chosen.method == min(means, key=means.get)


def test_a_task_is_judged_by_a_fit_that_has_not_seen_it():
    """Two tasks that contradict each other: each is told what holds in the other."""
    low, high = (
        Pairs(name, np.full((8, 1), 0.5, np.float32), np.arange(8)[:, None] < count, np.arange(8))
        for name, count in (("low", 2), ("high", 6))
    )
    chosen = choose_calibration([low, high])
    [told] = chosen.held_out["isotonic"]["low"].bins
    assert (told.told, told.right) == (0.75, 0.25)


def test_tasks_count_the_same_whatever_their_size():
    few = Pairs("few", np.full((2, 1), 0.5, np.float32), np.array([[True], [True]]), np.arange(2))
    many = Pairs("many", np.full((200, 1), 0.5, np.float32), np.zeros((200, 1), np.bool_), np.arange(200))
    many.right[0] = True  # so that someone is shown a pair
    assert choose_calibration([few, many]).calibration.of([0.5]) == pytest.approx([0.5], abs=0.02)


def test_figures_are_means_over_the_tasks_that_were_left_out():
    chosen = choose_calibration(TASKS)
    told = calibration_figures(chosen)
    own = told["platt"]
    assert told["method"] == "platt"
    assert own["ece"] == pytest.approx(np.mean([one["ece"] for one in own["tasks"].values()]))
    assert own["tasks"]["a"]["shown_ece"] == chosen.shown["platt"]["a"].ece
    shape = calibrated_to_json(chosen)
    assert shape["calibration"]["method"] == "platt"
    assert sum(one["share"] for one in shape["table"]["bins"]) == pytest.approx(1.0)


def test_one_task_is_too_few():
    with pytest.raises(InvalidInput, match="1 tasks are too few"):
        choose_calibration(TASKS[:1])
