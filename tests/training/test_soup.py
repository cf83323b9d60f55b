"""The mean of several tunings: what it computes, and what has none."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid.encoding.parts import LowRank
from hybrid.encoding.projection import Head, Layer
from hybrid.training.soup import mean_of
from hybrid.training.trained import Trained


def made(seed: int, rank: int = 2, scale: float = 2.0) -> Trained:
    random = np.random.default_rng(seed)
    head = Head((Layer(random.normal(size=(3, 5)).astype(np.float32), random.normal(size=3).astype(np.float32)),))
    adapter = {
        name: LowRank(
            random.normal(size=(rank, 4)).astype(np.float16), random.normal(size=(6, rank)).astype(np.float16)
        )
        for name in ("query", "key")
    }
    return Trained(head, scale, adapter)


def difference(one: LowRank) -> np.ndarray:
    return one.b.astype(np.float64) @ one.a.astype(np.float64)


def test_differences_are_averaged():
    parts = [made(seed) for seed in (1, 2, 3)]
    found = mean_of(parts)
    for name in ("query", "key"):
        expected = np.mean([difference(one.adapter[name]) for one in parts], axis=0)
        np.testing.assert_allclose(difference(found.adapter[name]), expected, atol=5e-3)
        assert found.adapter[name].a.shape == (6, 4)
        assert found.adapter[name].b.dtype == np.float16
    assert found.scale == 2.0


def test_heads_that_differ_by_a_turn_alone_are_one():
    one = made(1)
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0].astype(np.float32)
    layer = one.head.layers[0]
    other = replace(one, head=Head((Layer(turn @ layer.weight, turn @ layer.bias),)))
    found = mean_of([one, other]).head.layers[0]
    np.testing.assert_allclose(found.weight, layer.weight, atol=1e-5)
    np.testing.assert_allclose(found.bias, layer.bias, atol=1e-5)


def test_near_heads_are_averaged():
    one = made(1)
    layer = one.head.layers[0]
    other = replace(one, head=Head((Layer(layer.weight * 1.5, layer.bias * 1.5),)))
    np.testing.assert_allclose(mean_of([one, other]).head.layers[0].weight, layer.weight * 1.25, rtol=1e-5)


def test_one_is_its_own_mean():
    one = made(1)
    assert mean_of([one]) is one


def test_frozen_ones_have_a_mean_of_heads():
    head = made(1).head
    found = mean_of([Trained(head), Trained(head)])
    assert not found.adapter
    np.testing.assert_allclose(found.head.layers[0].weight, head.layers[0].weight, atol=1e-6)


@pytest.mark.parametrize("parts", [[], [made(1), made(2, scale=1.0)], [made(1), Trained(made(2).head)]])
def test_what_has_no_mean_is_refused(parts):
    with pytest.raises(ValueError, match="only tunings of the same layers"):
        mean_of(parts)


def test_heads_of_several_layers_are_refused():
    one = made(1)
    deep = replace(one, head=Head((*one.head.layers, Layer(np.eye(3, dtype=np.float32), np.zeros(3, np.float32)))))
    with pytest.raises(ValueError, match="only heads of one layer"):
        mean_of([deep, deep])
