"""A descent that is taken up again ends as one that was never cut off, and the best step is kept."""

import pytest
import torch

from hybrid.training.checkpoints import Checkpoint
from hybrid.training.descent import Descent
from hybrid.training.run import SAVED_EVERY, Run
from hybrid.training.settings import HeadSettings
from hybrid.training.stopping import BestStep, EarlyStopping, Kept

SETTINGS = HeadSettings(steps=17, learning_rate=0.05)
STOPPING = EarlyStopping("held-out", every=3, patience=2)
GOAL = torch.linspace(-1, 1, 6)


def made(saved=None, *, stopping=None, steps=SETTINGS.steps):
    own = torch.zeros(6, requires_grad=True)
    best = None if stopping is None else BestStep(stopping, steps)
    return own, Run(Descent([own], SETTINGS), steps, best, saved)


def walk(own, run, measure=lambda: 0.0):
    return run.steps(lambda: ((own - GOAL) ** 2).sum(), measure)


@pytest.mark.parametrize("stopping", [None, EarlyStopping("held-out", every=2, patience=3)])
@pytest.mark.parametrize("cut_off", [SAVED_EVERY, SAVED_EVERY + 1, 12])
def test_a_run_that_was_cut_off_ends_with_the_same_bits(tmp_path, cut_off, stopping):
    scores = [0.1, 0.3, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3, 0.1]
    expected, whole = made(stopping=stopping)
    losses = list(walk(expected, whole, lambda: scores[(whole.done - 1) // 2]))
    saved = Checkpoint(tmp_path, "run")
    own, first = made(saved, stopping=stopping)
    for _, _ in zip(range(cut_off), walk(own, first, lambda: scores[(first.done - 1) // 2]), strict=False):
        pass
    own, second = made(saved, stopping=stopping)
    second.take_up(saved.load())
    assert second.done == cut_off // SAVED_EVERY * SAVED_EVERY
    again = list(walk(own, second, lambda: scores[(second.done - 1) // 2]))
    assert again == losses[-len(again) :]
    assert torch.equal(own, expected)
    assert second.kept == whole.kept


def test_the_best_step_is_kept_and_patience_ends_a_run():
    scores = {3: 0.2, 6: 0.5, 9: 0.5, 12: 0.4}
    own, run = made(stopping=STOPPING)
    seen = {}
    for _ in walk(own, run, lambda: scores[run.done]):
        seen[run.done] = own.detach().clone()
    assert run.done == 12
    assert run.kept == Kept(6, 0.5)
    assert torch.equal(own, seen[6])


def test_the_last_step_is_measured_as_well():
    own, run = made(stopping=EarlyStopping("dev", every=10))
    asked = []
    for _ in walk(own, run, lambda: asked.append(run.done) or float(run.done)):
        pass
    assert asked == [10, 17]
    assert run.kept == Kept(17, 17.0)


def test_without_a_step_nothing_is_measured():
    own, run = made(stopping=STOPPING, steps=0)
    assert list(walk(own, run)) == []
    assert run.kept is None
