from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.fusion.normalization import MIN_SCORE, l2, min_max

SCORES = st.lists(st.floats(0, 1_000, width=32), min_size=1, max_size=40)


@given(SCORES)
def test_min_max_is_the_formula_with_an_exact_zero_lifted(scores):
    low, high = min(scores), max(scores)
    for score, value in zip(scores, min_max(np.array(scores, dtype=np.float64)), strict=True):
        plain = 1.0 if low == high else (score - low) / (high - low)
        assert value == (MIN_SCORE if plain == 0.0 else plain)


@given(SCORES)
def test_min_max_lies_within_zero_and_one_and_ends_at_one(scores):
    values = min_max(np.array(scores))
    assert values.max() == 1.0
    assert values.min() > 0.0


def test_min_max_of_a_single_or_of_equal_scores_is_one():
    assert min_max(np.array([3.0])).tolist() == [1.0]
    assert min_max(np.array([0.5, 0.5, 0.5])).tolist() == [1.0, 1.0, 1.0]


def test_a_tiny_positive_value_stays_below_the_lifted_minimum():
    values = min_max(np.array([10_000.0, 1.5, 1.0]))
    assert values.tolist() == [1.0, pytest.approx(0.00005, rel=1e-3), MIN_SCORE]


@given(SCORES)
def test_l2_is_the_formula(scores):
    norm = math.sqrt(math.fsum(score * score for score in scores))
    for score, value in zip(scores, l2(np.array(scores, dtype=np.float64)), strict=True):
        assert value == (pytest.approx(score / norm, rel=1e-12) if norm > 1e-100 else MIN_SCORE)


@pytest.mark.parametrize("normalize", [min_max, l2])
def test_nothing_stays_nothing_and_scores_are_left_as_they_were(normalize):
    assert normalize(np.zeros(0)).tolist() == []
    scores = np.array([2.0, 1.0])
    normalize(scores)
    assert scores.tolist() == [2.0, 1.0]
