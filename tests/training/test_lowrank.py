"""A low-rank difference while it learns, and after it is merged."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hybrid.encoding.manifest import AdapterSpec
from hybrid.encoding.opening import read_setup
from hybrid.errors import InvalidInput
from hybrid.training.lowrank import LowRankDifference
from hybrid.training.recipes import MINILM

TEXTS, SPANS = ["The Titanic met the Olympic .", "Etna 🌋"], [[(4, 11), (20, 27)], [(0, 4)]]


def features(reader):
    return np.concatenate([found.mention_features for found in reader.read(TEXTS, SPANS)])


def difference(reader, seed=1, blocks=(3, 4, 5)):
    return LowRankDifference(reader.backbone, blocks, rank=4, scale=2.0, generator=np.random.default_rng(seed))


def test_at_the_start_nothing_is_changed(minilm_reader):
    frozen = features(minilm_reader)
    with difference(minilm_reader):
        assert np.array_equal(features(minilm_reader), frozen)


def test_every_linear_layer_of_the_blocks_learns(minilm_reader):
    names = set(difference(minilm_reader, blocks=(3, 5)).adapter())
    kinds = ("attention.self.query", "attention.self.key", "attention.self.value")
    kinds += ("attention.output.dense", "intermediate.dense", "output.dense")
    assert names == {f"encoder.layer.{block}.{kind}" for block in (3, 5) for kind in kinds}


def test_merged_it_gives_what_it_gave_while_it_learned(minilm_reader):
    frozen = features(minilm_reader)
    generator = torch.Generator().manual_seed(1)
    with difference(minilm_reader) as learned:
        with torch.no_grad():
            for matrix in learned.parameters():
                matrix += 0.05 * torch.randn(matrix.shape, generator=generator)
        adapter = learned.adapter()
        inside = features(minilm_reader)
    spec = replace(MINILM.backbone, adapter=AdapterSpec(2.0, tuple(adapter)))
    merged = features(read_setup(spec, MINILM.setup(), adapter=adapter, device="cpu"))
    scale = np.abs(frozen).max()
    np.testing.assert_allclose(merged / scale, inside / scale, atol=1e-5)
    assert np.abs(inside - frozen).max() / scale > 1e-2
    assert all(own.a.dtype == own.b.dtype == np.float16 for own in adapter.values())


def test_afterwards_the_backbone_is_as_it_was(minilm_reader):
    frozen = features(minilm_reader)
    with difference(minilm_reader) as learned, torch.no_grad():
        for matrix in learned.parameters():
            matrix += 0.1
    assert np.array_equal(features(minilm_reader), frozen)
    with pytest.raises(RuntimeError, match="stopped"):
        _stopped(difference(minilm_reader))
    assert np.array_equal(features(minilm_reader), frozen)


def _stopped(own):
    with own, torch.no_grad():
        own.parameters()[1].add_(1)
        raise RuntimeError("stopped")


def test_a_seed_decides_the_start(minilm_reader):
    one, again, other = (difference(minilm_reader, seed).adapter() for seed in (1, 1, 2))
    name = next(iter(one))
    assert np.array_equal(one[name].a, again[name].a)
    assert not np.array_equal(one[name].a, other[name].a)
    assert not one[name].b.any()


def test_a_block_that_is_not_there_is_named(minilm_reader):
    with pytest.raises(InvalidInput, match="block 6 cannot be tuned; the backbone runs blocks 0 to 5"):
        difference(minilm_reader, blocks=(5, 6))
