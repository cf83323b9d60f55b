from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laid_out import laid_out

from hybrid.engines.embedded.catalog import Rows
from hybrid.engines.embedded.nearest import GATHERED_SHARE, nearest, to_score

# Vectors of few directions, so that ties, equal and opposite vectors are frequent.
DIRECTIONS = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.6, 0.8), (-0.6, -0.8)]
VECTOR = st.sampled_from(DIRECTIONS)
DOCUMENTS = st.lists(st.tuples(st.lists(VECTOR, max_size=4), st.booleans()), max_size=30)


def naive(documents, question):
    scores = {
        number: max((1.0 + float(np.float32(vector) @ np.float32(question))) / 2.0 for vector in vectors)
        for number, (vectors, allowed) in enumerate(documents)
        if allowed and vectors
    }
    return {number: score for number, score in scores.items() if score > 0.0}


@given(DOCUMENTS, VECTOR, st.integers(1, 8))
def test_the_nearest_vector_of_each_allowed_document_counts(documents, question, limit):
    vectors, rows, allowed = laid_out(documents)
    ranked = nearest(vectors, rows, np.array(question, dtype=np.float32), allowed).ranked(limit)
    expected = sorted(naive(documents, question).items(), key=lambda pair: (-round(pair[1], 6), pair[0]))[:limit]
    assert ranked.scores == pytest.approx([score for _, score in expected], abs=1e-6)
    assert ranked.documents.tolist() == [number for number, _ in expected]


@given(DOCUMENTS, VECTOR)
def test_every_scored_document_can_be_asked(documents, question):
    vectors, rows, allowed = laid_out(documents)
    scores = nearest(vectors, rows, np.array(question, dtype=np.float32), allowed)
    numbers = np.arange(len(documents))
    for number, score in zip(numbers, scores.of_documents(numbers), strict=True):
        cosines = scores.of(int(number))
        if allowed[number] and documents[number][0]:
            assert cosines == pytest.approx([float(np.dot(v, question)) for v in documents[number][0]], abs=1e-6)
            assert score == pytest.approx((1 + cosines.max()) / 2, abs=1e-7)


def test_few_allowed_documents_are_gathered_with_the_same_scores():
    generator = np.random.default_rng(1)
    counts = generator.integers(0, 5, 2_000)
    vectors = generator.standard_normal((counts.sum(), 8), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = Rows(np.concatenate([[0], np.cumsum(counts)]))
    few = generator.random(2_000) < GATHERED_SHARE / 3
    whole = nearest(vectors, rows, vectors[0], np.ones(2_000, bool))
    gathered = nearest(vectors, rows, vectors[0], few)
    assert len(gathered.cosines) < len(whole.cosines) * GATHERED_SHARE
    chosen = np.flatnonzero(few & (counts > 0))
    assert gathered.documents.tolist() == chosen.tolist()
    assert gathered.of_documents(chosen) == pytest.approx(whole.of_documents(chosen), abs=1e-6)
    for document in chosen:
        assert gathered.of(document) == pytest.approx(whole.of(document), abs=1e-6)


def test_an_opposite_vector_scores_zero_and_is_no_answer():
    vectors, rows, allowed = laid_out([([(-1.0, 0.0)], True), ([(0.0, 1.0)], True)])
    scores = nearest(vectors, rows, np.array([1.0, 0.0], np.float32), allowed)
    assert scores.ranked(10).documents.tolist() == [1]


def test_equal_scores_at_the_border_enter_in_the_order_of_writing():
    vectors, rows, allowed = laid_out([([(1.0, 0.0)], True)] * 5)
    scores = nearest(vectors, rows, np.array([1.0, 0.0], np.float32), allowed)
    assert scores.ranked(3).documents.tolist() == [0, 1, 2]


def test_rounding_never_leaves_zero_to_one():
    assert to_score(np.array([1.0000001, -1.0000001], np.float32)).tolist() == [1.0, 0.0]


def test_without_documents_there_is_nothing():
    vectors, rows, allowed = laid_out([])
    scores = nearest(vectors, rows, np.array([1.0, 0.0], np.float32), allowed)
    assert scores.ranked(10).documents.tolist() == []
    assert scores.of(0).tolist() == []
    assert np.isnan(scores.of_documents(np.array([0, 3]))).all()


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_one_document_with_most_of_the_nearest_vectors_hides_no_other(limit):
    near, far = [(1.0, 0.0)] * 500, [(0.6, 0.8)]
    documents = [(near, True), (near, False), *((far, number % 2 == 0) for number in range(40))]
    vectors, rows, allowed = laid_out(documents)
    ranked = nearest(vectors, rows, np.array([1.0, 0.0], np.float32), allowed).ranked(limit)
    assert ranked.documents.tolist() == [0, *range(2, 42, 2)][:limit]
    assert ranked.scores == pytest.approx([1.0, *[0.8] * 20][:limit])
