"""Batches: their shape, who is in them, how often."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid.errors import InvalidInput
from hybrid.training.sampling import BatchSampler, BatchShape, Negatives

memberships = st.lists(st.lists(st.integers(0, 6), unique=True, max_size=3), min_size=1, max_size=40).filter(
    lambda types_of: any(types_of)
)


@given(memberships, st.integers(1, 8), st.integers(1, 5), st.integers(0, 1000))
def test_a_batch_is_what_its_shape_says_and_its_table_is_true(types_of, types, mentions, seed):
    sampler = BatchSampler(types_of, BatchShape(types, mentions), np.random.default_rng(seed))
    batch = sampler.draw()
    known = {type for own in types_of for type in own}
    assert len(batch.types) == min(types, len(known))
    assert len(set(batch.types.tolist())) == len(batch.types)
    assert len(batch.mentions) <= mentions * len(batch.types)
    for row, mention in enumerate(batch.mentions.tolist()):
        for column, type in enumerate(batch.types.tolist()):
            assert batch.positive[row, column] == (type in types_of[mention])
    assert batch.positive.any(axis=0).all()
    assert batch.positive.any(axis=1).all()


@given(memberships, st.integers(0, 1000))
def test_the_same_seed_draws_the_same_batches(types_of, seed):
    samplers = [BatchSampler(types_of, BatchShape(3, 2), np.random.default_rng(seed)) for _ in range(2)]
    for _ in range(3):
        one, other = (sampler.draw() for sampler in samplers)
        assert one.mentions.tolist() == other.mentions.tolist()
        assert one.types.tolist() == other.types.tolist()


def test_a_type_is_drawn_with_its_count_to_the_exponent():
    types_of = [[0]] * 900 + [[1]] * 100
    sampler = BatchSampler(types_of, BatchShape(1, 1, exponent=0.5), np.random.default_rng(1))
    drawn = [int(sampler.draw().types[0]) for _ in range(4000)]
    assert abs(drawn.count(0) / 4000 - 0.75) < 0.03  # 30 : 10


def test_a_mention_without_a_type_is_never_drawn():
    sampler = BatchSampler([[], [0], []], BatchShape(4, 4), np.random.default_rng(1))
    assert sampler.draw().mentions.tolist() == [1]


negatives = st.lists(st.lists(st.integers(0, 6), unique=True, max_size=4), min_size=7, max_size=7)


@settings(deadline=None)
@given(memberships, negatives, negatives, st.integers(2, 8), st.integers(0, 1000))
def test_near_misses_and_hard_negatives_join_a_batch(types_of, near, hard, types, seed):
    known = {type for own in types_of for type in own}
    given_ = Negatives(
        tuple(np.array(own, np.int64) for own in near),
        tuple(np.array([at for at in own if at < len(types_of)], np.int64) for own in hard),
    )
    shape = BatchShape(types, 2, near_miss=0.5, hard_negatives=1.0)
    batch = BatchSampler(types_of, shape, np.random.default_rng(seed), given_).draw()
    drawn = set(batch.types.tolist())
    assert drawn <= known
    assert len(drawn) == len(batch.types) <= min(types, len(known))
    assert len(batch.types) >= min(types, len(known)) - min(types, len(known)) // 2
    for row, mention in enumerate(batch.mentions.tolist()):
        assert batch.positive[row].tolist() == [type in types_of[mention] for type in batch.types.tolist()]
        if not batch.positive[row].any():
            assert any(mention in given_.mentions[type].tolist() for type in drawn)


def test_a_share_of_the_types_is_drawn_from_the_near_misses():
    types_of = [[type] for type in range(40)]
    near = Negatives(tuple(np.array([type ^ 1]) for type in range(40)), ())
    shape = BatchShape(10, 1, near_miss=0.4)
    for seed in range(5):
        drawn = set(BatchSampler(types_of, shape, np.random.default_rng(seed), near).draw().types.tolist())
        assert sum(type ^ 1 in drawn for type in drawn) >= 2 * 3  # a pair may be drawn by chance as well


def test_negatives_that_the_shape_does_not_want_change_no_draw():
    types_of = [[type % 5] for type in range(30)]
    near = Negatives(tuple(np.array([1]) for _ in range(5)), tuple(np.array([7]) for _ in range(5)))
    one, other = (BatchSampler(types_of, BatchShape(3, 2), np.random.default_rng(1), own) for own in (None, near))
    for _ in range(3):
        assert one.draw().mentions.tolist() == other.draw().mentions.tolist()


def test_negatives_are_told_by_the_rows_of_a_table():
    spans = Negatives((np.array([1]), np.array([0])), (np.array([4, 0, 9]), np.array([], np.int64)))
    found = spans.among(np.array([0, 2, 4]))  # spans 1, 3 and 9 met no token
    assert [own.tolist() for own in found.mentions] == [[2, 0], []]
    assert found.types is spans.types


@pytest.mark.parametrize("wrong", [{"near_miss": 0.6}, {"near_miss": -0.1}, {"hard_negatives": 1.5}])
def test_a_share_out_of_range_is_refused(wrong):
    with pytest.raises(InvalidInput, match="must be from 0 to"):
        BatchShape(3, 2, **wrong)
