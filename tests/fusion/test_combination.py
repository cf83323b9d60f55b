from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.fusion.combination import arithmetic, geometric, harmonic

VALUE = st.one_of(st.none(), st.floats(1e-6, 1.0))
WEIGHTS = st.lists(st.one_of(st.just(0.0), st.floats(0.01, 10.0)), min_size=3, max_size=3).filter(any)
ROWS = st.lists(st.lists(VALUE, min_size=3, max_size=3), min_size=1, max_size=10)


def table(rows):
    return np.array([[np.nan if value is None else value for value in row] for row in rows])


@given(ROWS, WEIGHTS)
def test_arithmetic_keeps_the_weight_of_an_absent_leg(rows, weights):
    expected = [sum(w * (v or 0.0) for w, v in zip(weights, row, strict=True)) / sum(weights) for row in rows]
    assert arithmetic(table(rows), np.array(weights)) == pytest.approx(expected, rel=1e-12)


@given(ROWS, WEIGHTS)
def test_geometric_and_harmonic_leave_out_absent_legs_and_their_weights(rows, weights):
    for row, g, h in zip(
        rows, geometric(table(rows), np.array(weights)), harmonic(table(rows), np.array(weights)), strict=True
    ):
        present = [(w, v) for w, v in zip(weights, row, strict=True) if v is not None and w > 0]
        if not present:
            assert g == h == 0.0
            continue
        total = sum(w for w, _ in present)
        assert g == pytest.approx(math.exp(sum(w * math.log(v) for w, v in present) / total), rel=1e-9)
        assert h == pytest.approx(total / sum(w / v for w, v in present), rel=1e-9)


def test_a_document_of_one_leg_keeps_its_value_under_geometric_and_harmonic():
    values, weights = np.array([[np.nan, 0.8]]), np.array([0.7, 0.3])
    assert geometric(values, weights) == pytest.approx([0.8])
    assert harmonic(values, weights) == pytest.approx([0.8])
    assert arithmetic(values, weights) == pytest.approx([0.24])


@pytest.mark.parametrize("mean", [arithmetic, geometric, harmonic])
def test_no_documents_no_scores(mean):
    assert mean(np.zeros((0, 2)), np.array([1.0, 1.0])).shape == (0,)
