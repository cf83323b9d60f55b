"""Pairs of gold mentions and types, and what a bundle's probabilities of them are worth."""

import numpy as np
import pytest

from hybrid.encoding.calibration import Platt
from hybrid.errors import InvalidInput
from hybrid.evaluation.believed import believed_to_json, measure_believed
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.pairs import Pairs, read_pairs
from hybrid.evaluation.task import Task
from hybrid.testing import FakeEncoder

TASK = Task(
    "made",
    (
        Sentence("The river Rhine in Basel", (LabelledSpan(10, 15, "river"), LabelledSpan(19, 24, "city"))),
        Sentence("nothing", ()),
        Sentence("Basel", (LabelledSpan(0, 5, "city"), LabelledSpan(0, 5, "place"))),
        Sentence("!!! Rhine", (LabelledSpan(0, 3, "odd"), LabelledSpan(4, 9, "river"))),
    ),
    {"river": "river Rhine", "city": "Basel"},
)


class Calibrated(FakeEncoder):
    """The fake encoder, calibrated."""

    calibration = Platt(10.0, -5.0)


def test_every_mention_with_a_vector_meets_every_type():
    pairs = read_pairs(TASK, FakeEncoder())
    assert pairs.owner.tolist() == [0, 0, 2, 3]
    assert pairs.right.tolist() == [[True, False], [False, True], [False, True], [True, False]]
    assert pairs.cosines.shape == (4, 2)
    assert pairs.cosines[2, 1] == pytest.approx(1.0)


def test_what_is_shown_is_the_best_mention_of_the_first_texts():
    cosines = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.9], [0.1, 0.8]], np.float32)
    right = np.array([[False, False], [True, False], [True, True], [False, True]])
    shown = Pairs("made", cosines, right, np.array([0, 0, 4, 5])).shown()
    assert shown.tolist() == [[True, False], [False, False], [True, True], [False, True]]


def test_a_task_without_mentions_has_no_pairs():
    with pytest.raises(InvalidInput, match="void has no gold mentions"):
        read_pairs(Task("void", (Sentence("nothing", ()),), {"city": "Basel"}), FakeEncoder())


def test_probabilities_are_judged_over_all_pairs_and_over_what_is_shown():
    found = measure_believed(TASK, Calibrated())
    pairs = read_pairs(TASK, FakeEncoder())
    told = Platt(10.0, -5.0).of(pairs.cosines)
    assert found.pairs.brier == pytest.approx(((told - pairs.right) ** 2).mean())
    assert found.shown.brier == pytest.approx(((told - pairs.right)[pairs.shown()] ** 2).mean())
    assert list(believed_to_json({"made": found})["made"]) == ["pairs", "shown"]


def test_a_bundle_that_is_not_calibrated_cannot_be_judged():
    with pytest.raises(InvalidInput, match="fake is not calibrated"):
        measure_believed(TASK, FakeEncoder())
    with pytest.raises(InvalidInput, match="nothing to be right about"):
        measure_believed(Task("made", TASK.sentences, {"lake": "lake"}), Calibrated())
