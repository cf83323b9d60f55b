"""BM25 by two packages beside the lexical leg: the same order where their formulas are the same."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybrid.evaluation.collection import Collection
from hybrid.evaluation.conll import Sentence
from hybrid.evaluation.systems.factory import open_system
from hybrid.evaluation.task import Task
from hybrid.testing import FakeEncoder

SYSTEMS = ("rank-bm25", "bm25s")
words = st.sampled_from(["rhine", "river", "bank", "lake", "city", "run", "runs", "running"])
# Texts of at most 40 words: Lucene rounds longer lengths.
texts = st.lists(st.lists(words, min_size=1, max_size=8).map(" ".join), min_size=2, max_size=12)


def rank(texts, asked, name):
    task = Task("made", tuple(Sentence(text, ()) for text in texts), {"asked": asked})
    with Collection(task, "gold", FakeEncoder()) as collection:
        return open_system(name).rank(collection, task.types, {"asked": 1000})["asked"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts, st.lists(words, min_size=1, max_size=3, unique=True).map(" ".join))
def test_bm25s_scores_as_the_lexical_leg(texts, asked):
    ours, theirs = rank(texts, asked, "bm25"), rank(texts, asked, "bm25s")
    assert sorted(ours.documents) == sorted(theirs.documents)
    own = dict(zip(theirs.documents.tolist(), theirs.scores, strict=True))
    # A word that is asked twice, as "run runs" is once stemmed, counts once more in the lexical leg alone.
    if "run" not in asked:
        assert [own[place] for place in ours.documents.tolist()] == pytest.approx(ours.scores.tolist(), rel=1e-5)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts, words)
def test_rank_bm25_has_the_order_of_the_lexical_leg_for_one_rare_word(texts, asked):
    # Enough other texts, so that the word stands in less than half of them.
    texts = [*texts, *["stone"] * (len(texts) + 1)]
    ours, theirs = rank(texts, asked, "bm25"), rank(texts, asked, "rank-bm25")
    assert sorted(ours.documents) == sorted(theirs.documents)
    own = dict(zip(theirs.documents.tolist(), theirs.scores, strict=True))
    assert (np.diff([own[place] for place in ours.documents.tolist()]) <= 1e-6).all()


@pytest.mark.parametrize("name", SYSTEMS)
def test_texts_without_a_word_of_the_question_are_not_ranked(collection, name):
    ranking = open_system(name).rank(collection, {"x": "lakes"}, {"x": 10})["x"]
    assert ranking.documents.tolist() == [3]
    assert open_system(name).rank(collection, {"x": "volcano"}, {"x": 10})["x"].documents.tolist() == []


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("text", ["!!!", "🦕"])
def test_texts_without_words_are_never_ranked(name, text):
    assert rank([text, text], "river", name).documents.tolist() == []


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_depth_cuts_the_ranking(collection, name):
    ranking = open_system(name).rank(collection, {"x": "Basel lake"}, {"x": 1})["x"]
    assert len(ranking.documents) == 1
