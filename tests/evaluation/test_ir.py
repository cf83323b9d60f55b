"""Measures by ir-measures on rankings whose figures were worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.ir import MEASURES, RANKED, answered, measure, mention_precision
from hybrid.evaluation.measures import r_precision
from hybrid.evaluation.runs import Ranking
from hybrid.evaluation.task import Task


def task_of(*labels: str) -> Task:
    """Texts of ten code points, each with one mention of each of its labels: `a`, `ab`, or none for an empty name."""
    sentences = tuple(
        Sentence("0123456789", tuple(LabelledSpan(2 * at, 2 * at + 1, label) for at, label in enumerate(own)))
        for own in labels
    )
    return Task("made", sentences, {"a": "an a", "b": "a b"})


def ranked(*documents: int, mentions=None) -> Ranking:
    return Ranking(np.array(documents, dtype=np.int64), -np.arange(len(documents), dtype=np.float64), mentions)


def test_the_measures_of_a_small_ranking():
    task = task_of("a", "", "a", "", "a")
    values = measure(task, {"a": ranked(0, 1, 2, 3)})["a"]
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert values == pytest.approx(
        {
            "RPrec": 2 / 3,
            "AP": (1 / 1 + 2 / 3) / 3,
            "nDCG@10": (1 + 1 / math.log2(4)) / ideal,
            "P@10": 0.2,
            "R@100": 2 / 3,
            "R@1000": 2 / 3,
            "Success@1": 1.0,
        }
    )


def test_a_type_that_no_text_answers_has_no_value():
    task = task_of("a", "")
    assert answered(task) == {"a": {0}}
    assert set(measure(task, {"a": ranked(0), "b": ranked(0)})) == {"a"}
    assert measure(task_of("", ""), {"a": ranked(0)}) == {}


@pytest.mark.parametrize("rankings", [{}, {"a": ranked()}, {"b": ranked(0)}])
def test_a_type_without_an_answer_from_the_system_counts_0(rankings):
    assert measure(task_of("a"), rankings)["a"] == dict.fromkeys(RANKED, 0.0)


def test_ties_are_measured_in_the_order_of_the_ranking():
    task = task_of("a", "", "")
    tied = Ranking(np.array([0, 1, 2]), np.full(3, 0.5))
    assert measure(task, {"a": tied})["a"]["RPrec"] == 1.0
    assert measure(task, {"a": Ranking(np.array([2, 1, 0]), np.full(3, 0.5))})["a"]["RPrec"] == 0.0


@given(st.permutations(range(12)), st.sets(st.integers(0, 11), min_size=1))
def test_our_r_precision_is_the_one_of_trec_eval(order, relevant):
    task = task_of(*("a" if place in relevant else "" for place in range(12)))
    value = measure(task, {"a": ranked(*order)})["a"]["RPrec"]
    assert value == pytest.approx(r_precision(order, relevant))


@given(st.permutations(range(12)), st.sets(st.integers(0, 11), min_size=1))
def test_every_measure_lies_between_0_and_1(order, relevant):
    task = task_of(*("a" if place in relevant else "" for place in range(12)))
    assert all(0.0 <= value <= 1.0 for value in measure(task, {"a": ranked(*order)})["a"].values())


def test_mention_precision_is_the_share_of_winning_mentions_of_the_type_among_the_first_r():
    task = task_of("ab", "ab", "ba", "")
    a, b = (0, 1), (2, 3)
    assert mention_precision(task, "a", ranked(0, 1, 2, mentions=(a, b, b))) == 2 / 3
    assert mention_precision(task, "a", ranked(0, 3, 1, 2, mentions=(a, (4, 5), a, a))) == 2 / 3
    assert measure(task, {"a": ranked(0, 1, mentions=(a, a))})["a"]["MentionP"] == 1.0
    assert set(measure(task, {"a": ranked(0, mentions=(a,))})["a"]) == set(MEASURES)


def test_mentions_meet_where_they_share_a_code_point():
    task = task_of("a")
    assert mention_precision(task, "a", ranked(0, mentions=((0, 5),))) == 1.0
    assert mention_precision(task, "a", ranked(0, mentions=((1, 5),))) == 0.0


def test_texts_without_a_winning_mention_do_not_count():
    task = task_of("a", "a")
    assert mention_precision(task, "a", ranked(0, 1, mentions=((0, 1), None))) == 1.0
    assert mention_precision(task, "a", ranked(0, 1, mentions=(None, None))) is None
    assert mention_precision(task, "a", ranked(0, 1)) is None


def test_a_type_without_gold_mentions_has_no_mention_precision():
    assert mention_precision(task_of("a", "a"), "b", ranked(0, 1, mentions=((0, 1), (0, 1)))) is None
