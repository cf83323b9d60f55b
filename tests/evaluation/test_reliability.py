"""What was told beside what came true."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.evaluation.reliability import BINS, reliability


def test_figures_by_hand():
    found = reliability(np.array([0.1, 0.1, 0.9, 0.9]), np.array([False, True, True, True]))
    assert [(own.share, own.told, own.right) for own in found.bins] == [(0.5, 0.1, 0.5), (0.5, 0.9, 1.0)]
    assert found.ece == pytest.approx(0.5 * 0.4 + 0.5 * 0.1)
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.01 + 0.01) / 4)


def test_weights_are_shares():
    told, right = np.array([0.2, 0.8]), np.array([False, False])
    assert reliability(told, right, np.array([3.0, 1.0])).ece == pytest.approx(0.75 * 0.2 + 0.25 * 0.8)


def test_certainty_is_in_the_last_bin():
    [own] = reliability(np.array([1.0]), np.array([True])).bins
    assert (own.low, own.high, own.share) == ((BINS - 1) / BINS, 1.0, 1.0)


def test_nothing_cannot_be_judged():
    with pytest.raises(ValueError, match="no probabilities"):
        reliability(np.zeros(0), np.zeros(0, np.bool_))


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), min_size=1, max_size=50))
def test_both_errors_are_from_0_to_1_and_bins_hold_everything(rows):
    told, right = (np.array(column) for column in zip(*rows, strict=True))
    found = reliability(told, right)
    assert 0.0 <= found.ece <= 1.0 + 1e-12
    assert 0.0 <= found.brier <= 1.0
    assert sum(own.share for own in found.bins) == pytest.approx(1.0)
    assert sum(own.share * own.told for own in found.bins) == pytest.approx(told.mean())
