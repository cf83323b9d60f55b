"""Rankings: their order, their ties, and what trec_eval would make of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.errors import InvalidInput
from hybrid.evaluation.runs import Ranking, best_first, strictly_falling

finite = st.floats(-1e6, 1e6)


def test_the_best_come_first_and_equal_scores_by_id_as_text():
    scores = np.zeros(12)
    scores[[2, 10, 9]] = 0.5
    scores[4] = 0.9
    ranking = best_first(scores, depth=5)
    assert ranking.documents.tolist() == [4, 10, 2, 9, 0]
    assert ranking.scores.tolist() == [0.9, 0.5, 0.5, 0.5, 0.0]


def test_what_does_not_score_above_is_left_out():
    assert best_first(np.array([0.0, 2.0, -1.0]), 10, above=0.0).documents.tolist() == [1]
    assert best_first(np.zeros(3), 10, above=0.0).documents.tolist() == []


def test_each_text_keeps_the_mention_that_won():
    ranking = best_first(np.array([0.1, 0.7, 0.3]), 2, [(0, 4), None, (5, 9)])
    assert ranking.mentions == (None, (5, 9))


@pytest.mark.parametrize(
    ("documents", "scores", "mentions", "sentence"),
    [
        ([1, 2], [1.0], None, "as many scores"),
        ([1, 2], [0.5, 0.6], None, "none rising"),
        ([1, 2], [np.nan, 0.6], None, "none NaN"),
        ([1, 1], [0.5, 0.5], None, "twice"),
        ([1, 2], [0.5, 0.5], ((0, 1),), "for each of its documents"),
    ],
)
def test_what_is_no_ranking_is_refused(documents, scores, mentions, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        Ranking(np.array(documents), np.array(scores), mentions)


@given(st.lists(finite, max_size=50))
def test_scores_without_ties_keep_their_order_as_float32(scores):
    given = np.sort(np.array(scores, dtype=np.float64))[::-1]
    fallen = strictly_falling(given)
    assert (np.diff(fallen) < 0).all()
    assert np.array_equal(fallen.astype(np.float32), fallen)


@given(st.lists(st.integers(-1000, 1000), unique=True, max_size=50))
def test_scores_that_differ_as_float32_stay_as_they_are(scores):
    given = np.array(sorted(scores, reverse=True), dtype=np.float64)
    assert np.array_equal(strictly_falling(given), given)
