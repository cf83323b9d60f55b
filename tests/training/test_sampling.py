"""Batches: their shape, who is in them, how often."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hybrid.training.sampling import BatchSampler, BatchShape

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
