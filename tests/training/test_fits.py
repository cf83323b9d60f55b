"""Fits of a calibration: they find what made the data, never fall, and have an answer for any data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from hybrid.training.fits import KNOTS, fit_isotonic, fit_platt, pooled


def drawn(slope: float, intercept: float, count: int = 20_000):
    """Pairs of which each is right with the probability of a sigmoid."""
    random = np.random.default_rng(5)
    cosines = random.uniform(-0.2, 0.9, count)
    return cosines, random.random(count) < 1.0 / (1.0 + np.exp(-(slope * cosines + intercept))), np.ones(count)


def test_platt_finds_the_sigmoid_that_made_the_data():
    found = fit_platt(*drawn(12.0, -6.0))
    assert (found.slope, found.intercept) == (pytest.approx(12.0, rel=0.03), pytest.approx(-6.0, rel=0.03))


def test_isotonic_follows_any_curve_that_rises():
    random = np.random.default_rng(5)
    cosines = random.uniform(-0.5, 1.0, 50_000)
    truth = np.where(cosines < 0.4, 0.02, 0.7)
    found = fit_isotonic(cosines, random.random(50_000) < truth, np.ones(50_000))
    away = np.abs(cosines - 0.4) > 0.05
    assert np.abs(found.of(cosines) - truth)[away].max() < 0.05
    assert len(found.cosines) <= KNOTS


def test_a_weight_counts_as_that_many_pairs():
    cosines, right, counts = np.array([0.1, 0.2, 0.6]), np.array([False, True, True]), np.array([2, 1, 3])
    weighted = fit_isotonic(cosines, right, counts.astype(np.float64))
    repeated = fit_isotonic(cosines.repeat(counts), right.repeat(counts), np.ones(6))
    assert weighted.of(cosines) == pytest.approx(repeated.of(cosines), abs=1e-4)


def test_cosines_that_say_nothing_give_the_share_of_right_pairs():
    cosines, right = np.array([0.1, 0.9, 0.1, 0.9]), np.array([True, False, True, False])
    assert fit_platt(cosines, right, np.ones(4)).of([0.0, 1.0]) == pytest.approx([0.5, 0.5])
    assert fit_isotonic(cosines, right, np.ones(4)).of([0.0, 1.0]) == pytest.approx([0.5, 0.5])


def test_data_that_a_cosine_parts_have_a_finite_slope():
    found = fit_platt(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]), np.ones(4))
    assert 0.0 < found.slope < 100.0


@given(
    st.lists(st.tuples(st.floats(-1.0, 1.0), st.booleans(), st.floats(0.01, 10.0)), min_size=1, max_size=80),
    st.sampled_from([fit_platt, fit_isotonic]),
)
def test_any_data_have_an_answer_that_never_falls(pairs, fit):
    cosines, right, weights = (np.array(column) for column in zip(*pairs, strict=True))
    found = fit(cosines, right, weights).of(np.linspace(-1.0, 1.0, 101))
    assert np.isfinite(found).all()
    assert (np.diff(found) >= 0.0).all()
    assert ((found >= 0.0) & (found <= 1.0)).all()


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.01, 10.0)), min_size=1, max_size=60))
def test_pooling_is_the_least_squares_answer(rows):
    values, weights = (np.array(column) for column in zip(*rows, strict=True))
    assert pooled(values, weights) == pytest.approx(isotonic_regression(values, weights=weights).x)
