from __future__ import annotations

import numpy as np
import pytest

from hybrid.fusion.ranks import rank_weights, reciprocal


def test_reciprocal_counts_from_one_and_leaves_absence():
    values = reciprocal(np.array([1.0, 2.0, np.nan]), c=60)
    assert values[:2].tolist() == [1 / 61, 1 / 62]
    assert np.isnan(values[2])


def test_equal_weights_count_one_each():
    assert rank_weights(np.array([0.3, 0.3])).tolist() == [1.0, 1.0]


def test_unequal_weights_are_scaled_to_sum_one():
    assert rank_weights(np.array([3.0, 1.0])) == pytest.approx([0.75, 0.25])
