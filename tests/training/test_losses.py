"""Losses against their definitions, written out pair by pair."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hybrid.errors import InvalidInput
from hybrid.training.losses import InfoNCE, Triplet, WeightedLoss
from hybrid.training.settings import LossSettings


def naive(mentions, types, positive, temperature):
    scores = mentions @ types.T / temperature
    total, pairs = 0.0, 0
    for i, j in zip(*np.nonzero(positive), strict=True):
        own = math.exp(scores[i, j])
        other_types = sum(math.exp(scores[i, k]) for k in range(len(types)) if not positive[i, k])
        other_mentions = sum(math.exp(scores[k, j]) for k in range(len(mentions)) if not positive[k, j])
        total += -math.log(own / (own + other_types)) - math.log(own / (own + other_mentions))
        pairs += 1
    return total / (2 * pairs) if pairs else 0.0


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def tensors(mentions, types, positive):
    return torch.from_numpy(mentions), torch.from_numpy(types), torch.from_numpy(positive)


@given(st.integers(1, 7), st.integers(1, 5), st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.1, 1.0]))
def test_it_equals_the_definition(m, t, seed, temperature):
    generator = np.random.default_rng(seed)
    mentions, types = unit(generator.standard_normal((m, 8))), unit(generator.standard_normal((t, 8)))
    positive = generator.random((m, t)) < 0.4
    value = InfoNCE(temperature)(*tensors(mentions, types, positive))
    assert float(value) == pytest.approx(naive(mentions, types, positive, temperature), abs=1e-9)


def test_other_positives_are_no_negatives():
    """A mention of two types at once: moving one type onto the mention does not raise the other's loss."""
    mentions = np.array([[1.0, 0.0]])
    positive = np.array([[True, True]])
    near = InfoNCE()(*tensors(mentions, np.array([[1.0, 0.0], [1.0, 0.0]]), positive))
    far = InfoNCE()(*tensors(mentions, np.array([[1.0, 0.0], [0.0, 1.0]]), positive))
    assert float(near) == float(far) == 0.0


@pytest.mark.parametrize("positive", [[[True]], [[True, True]], [[False, False]], [[True], [True]]])
def test_gradients_are_finite_where_there_are_no_negatives(positive):
    """A batch of one type, or of positives alone, must not make the head not-a-number."""
    truth = torch.tensor(positive)
    mentions = torch.nn.functional.normalize(torch.randn(len(truth), 4), dim=1).requires_grad_()
    types = torch.nn.functional.normalize(torch.randn(truth.shape[1], 4), dim=1).requires_grad_()
    torch.autograd.backward(InfoNCE()(mentions, types, truth))
    assert torch.isfinite(mentions.grad).all()
    assert torch.isfinite(types.grad).all()


def test_losses_are_mixed_by_their_weights():
    generator = np.random.default_rng(1)
    batch = tensors(unit(generator.standard_normal((4, 3))), unit(generator.standard_normal((2, 3))), np.eye(4, 2) > 0)
    warm, cold = InfoNCE(1.0), InfoNCE(0.1)
    mixed = WeightedLoss([(0.3, warm), (2.0, cold)])(*batch)
    assert float(mixed) == pytest.approx(0.3 * float(warm(*batch)) + 2.0 * float(cold(*batch)))


def naive_triplet(mentions, types, positive, margin):
    distance = 1 - mentions @ types.T
    m, t = positive.shape
    triples = [(i, j, k) for k in range(t) for i in range(m) for j in range(m) if positive[i, k] and not positive[j, k]]
    total = sum(max(0.0, distance[i, k] - distance[j, k] + margin) for i, j, k in triples)
    return total / len(triples) if triples else 0.0


@given(st.integers(1, 7), st.integers(1, 5), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.5, 1.0]))
def test_triplets_equal_the_definition(m, t, seed, margin):
    generator = np.random.default_rng(seed)
    mentions, types = unit(generator.standard_normal((m, 8))), unit(generator.standard_normal((t, 8)))
    positive = generator.random((m, t)) < 0.4
    value = Triplet(margin)(*tensors(mentions, types, positive))
    assert float(value) == pytest.approx(naive_triplet(mentions, types, positive, margin), abs=1e-9)


def test_a_triplet_that_keeps_the_margin_costs_nothing():
    mentions, types = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0]])
    batch = tensors(mentions, types, np.array([[True], [False]]))
    assert float(Triplet(0.5)(*batch)) == 0.0
    assert float(Triplet(1.25)(*batch)) == 0.25


def test_settings_mix_losses_and_refuse_none_at_all():
    generator = np.random.default_rng(1)
    batch = tensors(unit(generator.standard_normal((4, 3))), unit(generator.standard_normal((2, 3))), np.eye(4, 2) > 0)
    mixed = LossSettings(info_nce=0.5, temperature=0.2, triplet=2.0, margin=0.3).build()
    assert float(mixed(*batch)) == pytest.approx(0.5 * float(InfoNCE(0.2)(*batch)) + 2 * float(Triplet(0.3)(*batch)))
    with pytest.raises(InvalidInput, match="every loss has the weight 0"):
        LossSettings(info_nce=0, triplet=0).build()
