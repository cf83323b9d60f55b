"""A low-rank difference, merged at load."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BertModel

from hybrid.encoding.adapter import merge
from hybrid.encoding.bundle import save_bundle
from hybrid.encoding.local import LocalEncoder
from hybrid.encoding.manifest import AdapterSpec, BackboneSpec, Manifest
from hybrid.encoding.parts import Bundle, LowRank
from hybrid.encoding.weights import hash_weights
from hybrid.errors import BundleError

Make = Callable[..., Any]
MODULES = {"encoder.layer.0.attention.self.value": (16, 16), "encoder.layer.1.output.dense": (16, 32)}
TEXT = "Michelin opened a plant in Nova Scotia."


def low_rank(shape: tuple[int, int], seed: int, rank: int = 2, dtype: Any = np.float32) -> LowRank:
    rng = np.random.default_rng(seed)
    return LowRank(
        rng.standard_normal((rank, shape[1])).astype(dtype), (rng.standard_normal((shape[0], rank)) * 0.3).astype(dtype)
    )


@pytest.fixture
def adapted(tiny_manifest: Manifest, make_bundle: Make) -> Bundle:
    """The tiny bundle with two modules changed."""
    backbone = replace(tiny_manifest.backbone, adapter=AdapterSpec(2.0, tuple(MODULES)))
    bundle: Bundle = make_bundle(replace(tiny_manifest, backbone=backbone))
    return replace(bundle, adapter={name: low_rank(shape, i) for i, (name, shape) in enumerate(MODULES.items())})


def test_it_is_the_same_as_a_backbone_saved_with_the_sum(adapted: Bundle, tiny_folder: Path, tmp_path: Path) -> None:
    model = BertModel.from_pretrained(tiny_folder)
    with torch.no_grad():
        for name, difference in adapted.adapter.items():
            model.get_submodule(name).weight += 2.0 * torch.from_numpy(difference.b @ difference.a)
    model.save_pretrained(tmp_path)
    (tmp_path / "tokenizer.json").write_bytes((tiny_folder / "tokenizer.json").read_bytes())
    source = f"folder:{tmp_path}"
    saved = replace(adapted.manifest, backbone=BackboneSpec((source,), *hash_weights(source)))
    plain = LocalEncoder(replace(adapted, manifest=saved, adapter={}), device="cpu")
    merged = LocalEncoder(adapted, device="cpu")
    for a, b in zip(plain.encode([TEXT]), merged.encode([TEXT]), strict=True):
        assert a.mentions == b.mentions
        np.testing.assert_allclose(a.mention_vectors, b.mention_vectors, atol=1e-5)
        np.testing.assert_allclose(a.passage_vectors, b.passage_vectors, atol=1e-5)
    np.testing.assert_allclose(plain.encode_types(["city"]), merged.encode_types(["city"]), atol=1e-5)


def test_it_moves_vectors_and_the_fingerprint(adapted: Bundle, tiny_manifest: Manifest, tmp_path: Path) -> None:
    without = LocalEncoder(replace(adapted, manifest=tiny_manifest, adapter={}), device="cpu")
    save_bundle(adapted, tmp_path / "adapted")
    merged = LocalEncoder(tmp_path / "adapted", device="cpu")
    assert merged.fingerprint != without.fingerprint
    assert np.abs(merged.encode_types(["city"]) - without.encode_types(["city"])).max() > 1e-3


def test_half_precision_is_added_in_full_precision() -> None:
    difference = low_rank((3, 4), 1, dtype=np.float16)
    weight = torch.ones(3, 4)
    merged = merge({"a.weight": weight, "b": weight}, "bert", {"a": difference}, 0.5)
    expected = 1 + 0.5 * (difference.b.astype(np.float32) @ difference.a.astype(np.float32))
    np.testing.assert_allclose(merged["a.weight"].numpy(), expected, atol=1e-6)
    assert merged["b"] is weight
    assert bool((weight == 1).all())


def test_weights_kept_the_other_way_round_get_it_turned() -> None:
    difference = low_rank((3, 3), 1)
    merged = merge({"h.0.c.weight": torch.zeros(3, 3)}, "gpt2", {"h.0.c": difference}, 1.0)
    np.testing.assert_allclose(merged["h.0.c.weight"].numpy(), (difference.b @ difference.a).T, atol=1e-6)


def test_a_head_around_the_backbone_does_not_hide_it() -> None:
    names = ("bert.a.weight", "bert.embeddings.word_embeddings.weight", "cls.decoder.weight")
    weights = {name: torch.zeros(3, 3) for name in names}
    assert bool(merge(weights, "bert", {"a": low_rank((3, 3), 1)}, 1.0)["bert.a.weight"].any())


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(BundleError, match="changes 'x', which the backbone does not have"):
        merge({"a.weight": torch.zeros(3, 4)}, "bert", {"x": low_rank((3, 4), 1)}, 1.0)
    with pytest.raises(BundleError, match=r"'a' has shape \(4, 3\), the backbone's weight \(3, 4\)"):
        merge({"a.weight": torch.zeros(3, 4)}, "bert", {"a": low_rank((4, 3), 1)}, 1.0)
