"""The mean over the vectors of what is there, or of a sample of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laid_out import laid_out

from hybrid.engines.embedded import centroids
from hybrid.engines.embedded.catalog import Rows
from hybrid.engines.embedded.centroids import SAMPLE, centroid

VECTOR = st.tuples(*[st.sampled_from([-1.0, 0.0, 0.25, 1.0])] * 2)
DOCUMENTS = st.lists(st.tuples(st.lists(VECTOR, max_size=3), st.booleans()), max_size=20)


@given(DOCUMENTS)
def test_the_mean_is_over_the_vectors_of_documents_that_are_there(documents):
    found = centroid(*laid_out(documents))
    kept = [vector for vectors, live in documents if live for vector in vectors]
    if not kept:
        assert found is None
        return
    assert found.mean.tolist() == pytest.approx(np.mean(kept, axis=0).tolist(), abs=1e-6)
    assert (found.mean.dtype, found.count) == (np.float32, len(kept))


def test_vectors_without_a_width_have_no_mean():
    rows = Rows(np.array([0, 1], np.int64))
    assert centroid(np.zeros((1, 0), np.float32), rows, np.ones(1, bool)) is None


@pytest.mark.parametrize(("count", "taken"), [(3, (0, 1, 2)), (4, (0, 1, 3)), (7, (0, 3, 6)), (100, (0, 49, 99))])
def test_of_many_vectors_evenly_spaced_ones_are_taken_and_all_are_counted(count, taken, monkeypatch):
    monkeypatch.setattr(centroids, "SAMPLE", 3)
    # One vector a document, after a deleted one in front and between.
    documents = [part for n in range(count) for part in (([(9.0, 9.0)], False), ([(n, 1.0)], True))]
    found = centroid(*laid_out(documents))
    assert found.mean.tolist() == pytest.approx([np.mean(taken), 1.0])
    assert found.count == count


def test_a_document_of_many_vectors_is_sampled_too(monkeypatch):
    monkeypatch.setattr(centroids, "SAMPLE", 3)
    found = centroid(*laid_out([([(n, 0.0) for n in range(101)], True), ([(9.0, 9.0)], False)]))
    assert (found.mean.tolist(), found.count) == ([50.0, 0.0], 101)


def test_the_mean_of_a_sample_is_near_that_of_all():
    drawn = np.random.default_rng(5).standard_normal((3 * SAMPLE, 4)).astype(np.float32) + np.float32(0.5)
    rows = Rows(np.arange(len(drawn) + 1, dtype=np.int64))
    found = centroid(drawn, rows, np.ones(len(drawn), bool))
    assert found.count == len(drawn)
    assert found.mean.tolist() == pytest.approx(drawn.mean(axis=0).tolist(), abs=0.05)
    assert found.mean.tolist() != drawn.mean(axis=0).tolist()


def test_a_mean_is_taken_once_for_each_refresh(make, filled):
    engine = filled(make.encoded("a", "plant", {"plant": (1, 0, 0)}, (1, 0)))
    first = engine.centroids()
    assert engine.centroids() is engine.centroids(max_age=60) is first
    engine.write([make.encoded("b", "river", {"river": (0, 1, 0)}, (1, 0))])
    assert engine.centroids() is first
    engine.refresh()
    assert engine.centroids()["typed"].count == 2
