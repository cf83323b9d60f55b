"""Figures of mentions that were found, by hand and against properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.documents import Mention
from hybrid.evaluation.detection import recall_within, span_figures, touching

TEXTS = ("Ada Lovelace met the King", "nothing here")
GOLD = [[(0, 12), (21, 25)], []]


def test_exact_overlapping_and_lenient_matches_are_counted():
    found = [[Mention(0, 3, score=0.9), Mention(17, 25, score=0.4)], [Mention(0, 7, score=0.6)]]
    figures = span_figures(TEXTS, found, GOLD)
    assert (figures.precision, figures.recall, figures.f1) == (0.0, 0.0, 0.0)
    assert (figures.overlap_precision, figures.overlap_recall) == (pytest.approx(2 / 3), 1.0)
    assert figures.lenient_recall == 1.0, "Ada is within Ada Lovelace, and 'the King' is 'King'"
    assert figures.per_text == 1.5


def test_perfect_mentions_are_perfect():
    found = [[Mention(*span) for span in own] for own in GOLD]
    figures = span_figures(TEXTS, found, GOLD)
    assert (figures.precision, figures.recall, figures.f1) == (1.0, 1.0, 1.0)
    assert (figures.overlap_precision, figures.overlap_recall, figures.lenient_recall) == (1.0, 1.0, 1.0)
    assert figures.within == (1.0, 1.0, 1.0)


def test_a_share_of_nothing_is_none():
    nothing = span_figures(TEXTS, [[], []], GOLD)
    assert (nothing.precision, nothing.recall, nothing.f1, nothing.overlap_precision) == (None, 0.0, None, None)
    unmarked = span_figures(TEXTS, [[Mention(0, 3)], []], [[], []])
    assert (unmarked.precision, unmarked.recall, unmarked.lenient_recall, unmarked.within[0]) == (0.0, None, None, None)


def test_the_surest_mentions_come_first_and_ties_count_by_their_share():
    mentions = [(Mention(0, 1, score=0.2), True), (Mention(0, 1, score=0.9), True), (Mention(1, 2, score=0.2), False)]
    assert [recall_within(mentions, count, 4) for count in (0, 1, 2, 3, 9)] == [0.0, 0.25, 0.375, 0.5, 0.5]
    assert recall_within([(Mention(0, 1), False), (Mention(1, 2, score=1.0), True)], 1, 1) == 0.5
    assert recall_within([], 3, 2) == 0.0
    assert recall_within([], 3, 0) is None


mentions = st.lists(st.tuples(st.sampled_from([None, 0.1, 0.5, 1.0]), st.booleans()), max_size=20)


@given(mentions)
def test_recall_within_rises_to_the_whole_recall(drawn):
    made = [(Mention(0, 1, score=score), right) for score, right in drawn]
    values = [recall_within(made, count, 20) for count in range(25)]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(sum(right for _, right in drawn) / 20)


def test_spans_that_only_adjoin_do_not_touch():
    assert touching([(0, 3), (3, 5)], [(5, 7)]) == 0
    assert touching([(0, 3), (3, 6)], [(5, 7)]) == 1
