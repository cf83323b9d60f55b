"""Intervals, tests and Holm's correction against their definitions."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid.errors import InvalidInput
from hybrid.evaluation.significance import bootstrap_interval, holm, paired_test

share = st.floats(0, 1)
shares = st.lists(share, min_size=1, max_size=8)
pairs = st.lists(st.tuples(share, share), min_size=1, max_size=8)


@settings(max_examples=15, deadline=None)
@given(st.lists(shares, min_size=1, max_size=3))
def test_the_interval_lies_within_the_values(groups):
    low, high = bootstrap_interval(groups)
    assert min(map(min, groups)) - 1e-9 <= low <= high <= max(map(max, groups)) + 1e-9


def test_the_interval_is_the_same_in_every_run_and_narrows_with_more_types():
    few, many = [0.2, 0.8] * 2, [0.2, 0.8] * 20
    assert bootstrap_interval([few]) == bootstrap_interval([few])
    narrow, wide = (np.ptp(bootstrap_interval([group])) for group in (many, few))
    assert narrow < wide / 2


def test_the_interval_is_that_of_a_normal_mean_where_types_are_many():
    values = np.random.default_rng(1).normal(0.5, 0.1, 400)
    low, high = bootstrap_interval([values.tolist()])
    half = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.001)


@pytest.mark.parametrize("groups", [[[0.3]], [[0.3, 0.3]], [[0.2], [0.4]]])
def test_equal_values_give_the_mean_alone(groups):
    assert bootstrap_interval(groups) == pytest.approx((0.3, 0.3))


def test_data_sets_count_the_same_whatever_their_number_of_types():
    low, high = bootstrap_interval([[0.0] * 50, [1.0]])
    assert (low, high) == (0.5, 0.5)


@settings(max_examples=25, deadline=None)
@given(pairs)
def test_few_types_are_tested_exactly(values):
    ours, theirs = ([pair[side] for pair in values] for side in (0, 1))
    differences = np.subtract(ours, theirs) / len(values)
    sums = np.array([np.dot(signs, differences) for signs in product((1, -1), repeat=len(values))])
    expected = np.mean(np.abs(sums) >= abs(differences.sum()) * (1 - 1e-9))
    assert paired_test([ours], [theirs]) == pytest.approx(expected, abs=1e-9)


def test_a_difference_in_every_type_is_told_from_chance_and_noise_is_not():
    rng = np.random.default_rng(2)
    base = rng.random(40)
    assert paired_test([(base + 0.05).tolist()], [base.tolist()]) < 0.001
    assert paired_test([(base + rng.normal(0, 0.1, 40)).tolist()], [base.tolist()]) > 0.05
    assert paired_test([base.tolist()], [base.tolist()]) == 1.0


def test_the_test_has_two_sides():
    ours, theirs = [0.5, 0.7, 0.2, 0.9], [0.4, 0.5, 0.3, 0.4]
    assert paired_test([ours], [theirs]) == paired_test([theirs], [ours])


@given(st.lists(share, max_size=10))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(values):
    adjusted = holm(values)
    assert len(adjusted) == len(values)
    assert all(given <= own <= 1.0 for given, own in zip(values, adjusted, strict=True))
    assert [adjusted[place] for place in np.argsort(values, kind="stable")] == sorted(adjusted)


@given(st.lists(share, min_size=1, max_size=10), st.floats(0.001, 0.5))
def test_holm_rejects_what_his_steps_reject(values, level):
    """Step down: the i-th smallest of m is rejected while it is at most level / (m − i + 1)."""
    order = sorted(range(len(values)), key=values.__getitem__)
    rejected = set()
    for step, place in enumerate(order):
        if values[place] * (len(values) - step) > level:
            break
        rejected.add(place)
    assert {place for place, own in enumerate(holm(values)) if own <= level} == rejected


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])


@pytest.mark.parametrize("values", [[1.5], [-0.1], [float("nan")]])
def test_holm_refuses_what_is_no_probability(values):
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        holm(values)


def test_there_must_be_types_and_the_same_ones():
    for groups in ([], [[]], [[0.1], []]):
        with pytest.raises(InvalidInput, match="no types"):
            bootstrap_interval(groups)
    with pytest.raises(InvalidInput, match="same types"):
        paired_test([[0.1, 0.2]], [[0.1]])
