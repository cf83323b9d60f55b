"""The fingerprint changes exactly when a vector may change."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hybrid.encoding.calibration import Platt
from hybrid.encoding.fingerprint import fingerprint
from hybrid.encoding.manifest import AdapterSpec, BackboneSpec, DetectorSpec, HeadSpec, HeadSpecs, Manifest, PassageSpec
from hybrid.encoding.parts import Bundle, tensors_of
from hybrid.encoding.spans import Windows

MOVES_VECTORS: dict[str, Callable[[Manifest], dict[str, Any]]] = {
    "weights": lambda m: {"backbone": replace(m.backbone, sha256="c" * 64)},
    "tokenizer": lambda m: {"backbone": replace(m.backbone, tokenizer_sha256="c" * 64)},
    "bos": lambda m: {"backbone": replace(m.backbone, bos=True)},
    "adapter": lambda m: {"backbone": replace(m.backbone, adapter=AdapterSpec(2.0, ("a",)))},
    "window": lambda m: {"windows": Windows(17, 4)},
    "overlap": lambda m: {"windows": Windows(16, 5)},
    "carriers": lambda m: {"carriers": ("{type}",)},
    "taps": lambda m: {"taps": tuple(reversed(m.taps))},
    "activation": lambda m: {"heads": replace(m.heads, mention=(HeadSpec((6, 4), "relu", True),))},
    "type head": lambda m: {"heads": replace(m.heads, type=m.heads.mention)},
    "pooling": lambda m: {"passage": PassageSpec("last", None, 3)},
    "query prompt": lambda m: {"passage": PassageSpec("mean", "query: ", 3)},
    "no passage": lambda m: {"passage": None},
}

LEAVES_VECTORS: dict[str, Callable[[Manifest], dict[str, Any]]] = {
    "name": lambda m: {"name": "other"},
    "version": lambda m: {"version": "2"},
    "licence": lambda m: {"licence": "MIT"},
    "sources": lambda m: {"backbone": replace(m.backbone, sources=("folder:elsewhere",))},
    "threshold": lambda m: {"heads": replace(m.heads, detector=DetectorSpec("hidden@1", (3, 5, 3), 0.9))},
    "no detector": lambda m: {"heads": replace(m.heads, detector=None)},
    "dtype": lambda m: {"dtype": "bfloat16"},
    "planner": lambda m: {"planner": None},
    "calibration": lambda m: {"calibration": Platt(3.0, 0.0)},
    "training": lambda m: {"training": None},
    "fingerprint": lambda m: {"fingerprint": "d" * 64},
}

small = st.floats(-9, 9, width=32)


@pytest.mark.parametrize("change", MOVES_VECTORS)
def test_what_moves_vectors_counts(change: str, make_manifest: Callable[..., Manifest]) -> None:
    manifest = make_manifest()
    assert fingerprint(replace(manifest, **MOVES_VECTORS[change](manifest)), {}) != fingerprint(manifest, {})


@pytest.mark.parametrize("change", LEAVES_VECTORS)
def test_nothing_else_counts(change: str, make_manifest: Callable[..., Manifest]) -> None:
    manifest = make_manifest()
    assert fingerprint(replace(manifest, **LEAVES_VECTORS[change](manifest)), {}) == fingerprint(manifest, {})


def test_every_tensor_counts_but_the_detectors(
    make_manifest: Callable[..., Manifest], make_bundle: Callable[..., Bundle]
) -> None:
    manifest = make_manifest()
    tensors = tensors_of(make_bundle(manifest))
    before = fingerprint(manifest, tensors)
    for name, values in tensors.items():
        changed = values.copy()
        changed.flat[-1] = np.nextafter(changed.flat[-1], np.float32(np.inf))
        after = fingerprint(manifest, tensors | {name: changed})
        assert (after == before) == name.startswith("detector."), name


@given(arrays(np.float32, (3, 4), elements=small), arrays(np.float32, (3, 4), elements=small))
def test_it_is_equal_exactly_for_equal_values(a: np.ndarray, b: np.ndarray) -> None:
    assert (digest(a) == digest(b)) == (a.tobytes() == b.tobytes())


@given(st.permutations(["mention.0.mean", "mention.0.std", "type.0.mean", "adapter.x.A"]))
def test_the_order_of_tensors_does_not_count(names: list[str]) -> None:
    values = {name: np.full(3, len(name), np.float32) for name in sorted(names)}
    assert digest_of({name: values[name] for name in names}) == digest_of(values)


def test_shape_and_name_count() -> None:
    flat = np.arange(6, dtype=np.float32)
    prints = {
        digest_of({"mention.0.layers.0.weight": flat}),
        digest_of({"mention.0.layers.0.weight": flat.reshape(2, 3)}),
        digest_of({"mention.0.layers.1.weight": flat}),
        digest_of({"type.0.layers.0.weight": flat}),
    }
    assert len(prints) == 4


def test_layout_and_half_precision_do_not_count() -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert digest(np.asfortranarray(values)) == digest(values)
    assert digest(values.astype(np.float16)) == digest(values)


def test_a_pinned_source_stands_for_hashes_that_are_not_known(make_manifest: Callable[..., Manifest]) -> None:
    manifest = make_manifest()
    first, second = (
        replace(manifest, backbone=replace(manifest.backbone, sources=(f"hub:org/model@{c * 40}",), sha256=None))
        for c in "ab"
    )
    assert fingerprint(first, {}) != fingerprint(second, {})


def digest(values: np.ndarray) -> str:
    return digest_of({"mention.0.layers.0.weight": values})


def digest_of(tensors: dict[str, np.ndarray]) -> str:
    backbone = BackboneSpec(("package:p",), "a" * 64, "b" * 64)
    heads = HeadSpecs((HeadSpec((3, 4)),))
    return fingerprint(
        Manifest("n", "1", "l", backbone, Windows(), ("{type}",), ("hidden@0:mean",), heads, None), tensors
    )
