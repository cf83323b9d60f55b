"""Sentence encoders as their own files say."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from hybrid.encoding.bundle import load_bundle
from hybrid.encoding.factory import locate
from hybrid.encoding.local import LocalEncoder
from hybrid.encoding.manifest import BackboneSpec, Setup
from hybrid.encoding.opening import read_setup
from hybrid.encoding.projection import unit
from hybrid.encoding.sentences import SentenceEncoder
from hybrid.encoding.spans import Windows
from hybrid.encoding.taps import parse_tap
from hybrid.errors import BundleError, EncoderError

TEXTS = ["The Rhine floods Basel.", "🦕", "نهر الراين", "莱茵河", "political party"]


def published(folder, tiny, *, pooling="mean", prompts=None):
    """The small backbone as sentence-transformers publishes it."""
    shutil.copytree(tiny, folder)
    (folder / "1_Pooling").mkdir()
    modes = {f"pooling_mode_{mode}": mode.startswith(pooling) for mode in ("cls_token", "mean_tokens", "max_tokens")}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 16, **modes}))
    kinds = [("0", "", "Transformer"), ("1", "1_Pooling", "Pooling")]
    modules = [
        {"idx": at, "name": name, "path": path, "type": f"sentence_transformers.models.{kind}"}
        for at, (name, path, kind) in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts or {}}))
    return str(folder)


def hidden(tiny, texts, pool):
    """The last hidden state over the first token or over all, by our own reading of the backbone."""
    setup = Setup(Windows(64, 16), ("{type}",), (parse_tap("hidden@1:mean"),), None, parse_tap("hidden@1:mean").state)
    reader = read_setup(BackboneSpec((f"folder:{tiny}",), None, None), setup, device="cpu")
    states = [features.tokens[0] for features in reader.read(texts, [()] * len(texts), tokens=True)]
    return unit(np.stack([state[0] if pool == "cls" else state.mean(axis=0) for state in states]))


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_pooling_is_the_models_own(tiny_folder, tmp_path, pooling):
    encoder = SentenceEncoder(published(tmp_path / "m", tiny_folder, pooling=pooling), device="cpu")
    assert encoder.documents(TEXTS) == pytest.approx(hidden(tiny_folder, TEXTS, pooling), abs=1e-5)


def test_prompts_are_the_models_own(tiny_folder, tmp_path):
    prompts = {"query": "find: ", "document": "text: "}
    encoder = SentenceEncoder(published(tmp_path / "m", tiny_folder, prompts=prompts), device="cpu")
    plain = SentenceEncoder(published(tmp_path / "p", tiny_folder), device="cpu")
    assert encoder.queries(TEXTS) == pytest.approx(plain.documents([f"find: {text}" for text in TEXTS]), abs=1e-5)
    assert encoder.documents(TEXTS) == pytest.approx(plain.queries([f"text: {text}" for text in TEXTS]), abs=1e-5)


def test_a_bundles_name_is_its_published_backbone_before_any_tuning():
    bundle = load_bundle(locate("minilm"))
    untuned = replace(bundle.manifest, backbone=replace(bundle.manifest.backbone, adapter=None))
    expected = LocalEncoder(replace(bundle, manifest=untuned, adapter={}), device="cpu").encode_passages(TEXTS)
    assert SentenceEncoder("minilm", device="cpu").documents(TEXTS) == pytest.approx(expected, abs=1e-5)
    tuned = LocalEncoder(bundle, device="cpu").encode_passages(TEXTS)
    assert (tuned * expected).sum(axis=1).max() < 0.999


def test_vectors_are_float32_of_unit_length(tiny_folder, tmp_path):
    encoder = SentenceEncoder(published(tmp_path / "m", tiny_folder), device="cpu")
    vectors = encoder.documents(TEXTS)
    assert (vectors.dtype, vectors.shape) == (np.float32, (5, 16))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-6)
    assert encoder.queries([]).shape == (0, 16)


def test_what_is_no_text_is_refused(tiny_folder, tmp_path):
    encoder = SentenceEncoder(published(tmp_path / "m", tiny_folder), device="cpu")
    with pytest.raises(EncoderError, match="text 1 of the input"):
        encoder.documents(["a", "\ud800"])


def test_a_model_without_weights_is_refused(tiny_folder, tmp_path):
    folder = published(tmp_path / "m", tiny_folder)
    (tmp_path / "m" / "model.safetensors").unlink()
    with pytest.raises(BundleError, match="cannot be loaded"):
        SentenceEncoder(folder, device="cpu")
