"""The head's start, its training, and that a seed decides every bit."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hybrid.encoding.projection import Standardisation
from hybrid.errors import InvalidInput
from hybrid.training.config import silent
from hybrid.training.heads import HeadData, principal_axes, train_head
from hybrid.training.sampling import BatchShape
from hybrid.training.settings import HeadSettings, Share
from hybrid.training.tables import MentionTable, standardised, statistics

WIDTH, TYPES = 24, 5
SETTINGS = HeadSettings(width=8, steps=40, learning_rate=1e-2)
SHARES = {"made": Share(1.0, BatchShape(TYPES, 6))}


@pytest.fixture(scope="module")
def data() -> HeadData:
    """Mentions around five points, and type names somewhere else entirely: something there is to learn."""
    generator = np.random.default_rng(7)
    points = generator.standard_normal((TYPES, WIDTH))
    types_of = tuple((int(type),) for type in generator.integers(TYPES, size=300))
    features = points[[own[0] for own in types_of]] + 0.8 * generator.standard_normal((300, WIDTH))
    names = tuple(generator.standard_normal((1, 2, WIDTH)).astype(np.float32) for _ in range(TYPES))
    table = MentionTable("made", features.astype(np.float32), types_of, names, tuple("abcde"), np.arange(300), 300)
    own = statistics([table.features])
    return HeadData((table,), own, statistics([np.concatenate(names).reshape(-1, WIDTH)]), principal_axes([table], own))


def right(data: HeadData, head) -> float:
    """Share of mentions whose nearest type is theirs."""
    (table,) = data.tables
    types = np.stack([replace(head, standardisation=data.type).apply(names[0]).mean(axis=0) for names in table.names])
    nearest = (head.apply(table.features) @ types.T).argmax(axis=1)
    return float(np.mean([place in own for place, own in zip(nearest, table.types_of, strict=True)]))


def test_training_brings_mentions_near_their_types(data):
    begun = train_head(data, SHARES, replace(SETTINGS, steps=0), 1, silent)
    trained = train_head(data, SHARES, SETTINGS, 1, silent)
    assert right(data, begun) < 0.5
    assert right(data, trained) > 0.9


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(data):
    one, again, other = (train_head(data, SHARES, SETTINGS, seed, silent).layers[0] for seed in (3, 3, 4))
    assert one.weight.tobytes() == again.weight.tobytes()
    assert one.bias.tobytes() == again.bias.tobytes()
    assert one.weight.tobytes() != other.weight.tobytes()


def test_a_training_leaves_torch_as_it_was(data):
    torch.manual_seed(5)
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    train_head(data, SHARES, replace(SETTINGS, steps=2), 1, silent)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_the_start_keeps_angles_as_the_principal_components_do(data):
    (table,) = data.tables
    head = train_head(data, SHARES, replace(SETTINGS, steps=0, width=WIDTH), 1, silent)
    plain = standardised(table.features, data.mention)
    plain = plain / np.linalg.norm(plain, axis=1, keepdims=True)
    got = head.apply(table.features)
    np.testing.assert_allclose(got @ got.T, plain @ plain.T, atol=1e-5)


def test_principal_axes_are_orthonormal_and_sorted_by_variance(data):
    (table,) = data.tables
    axes = data.axes.astype(np.float64)
    np.testing.assert_allclose(axes.T @ axes, np.eye(WIDTH), atol=1e-5)
    variances = (standardised(table.features, data.mention) @ axes).var(axis=0)
    assert (np.diff(variances) <= 1e-3).all()


def test_statistics_are_numpys_and_a_constant_dimension_is_not_divided_by_0():
    rows = np.random.default_rng(1).normal(3, 2, (50, 4)).astype(np.float32)
    rows[:, 2] = 7
    own = statistics([rows[:20], rows[20:]])
    np.testing.assert_allclose(own.mean, rows.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(own.std[[0, 1, 3]], rows.std(axis=0)[[0, 1, 3]], rtol=1e-4)
    assert isinstance(own, Standardisation)
    assert own.std[2] > 0


def test_a_head_is_not_wider_than_what_it_reads(data):
    with pytest.raises(InvalidInput, match="a head of 25 numbers was asked for, but its taps give 24"):
        train_head(data, SHARES, replace(SETTINGS, width=WIDTH + 1), 1, silent)
    assert train_head(data, SHARES, replace(SETTINGS, width=WIDTH, steps=1), 1, silent).widths == (WIDTH, WIDTH)
