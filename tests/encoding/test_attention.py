"""One small, randomly initialised model of each family's real class, read against a hook on the real projection."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
import transformers as tf
from numpy.typing import NDArray
from torch import nn

from hybrid.encoding.attention import projection
from hybrid.encoding.backbone import TorchBackbone
from hybrid.encoding.taps import State
from hybrid.errors import BundleError

VOCABULARY = {"vocab_size": 99, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
BERT = {"hidden_size": 48, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 6, **VOCABULARY}
GROUPED = {**BERT, "num_key_value_heads": 2}
# RoBERTa and its kin number positions from behind the padding's.
ROBERTA = {**BERT, "pad_token_id": 1, "bos_token_id": 0}

# model type: configuration, blocks, value and key projection in a block, columns of the value, columns of the key
FAMILIES: dict[str, tuple[Any, str, str, str, slice, slice]] = {
    "bert": (tf.BertConfig(**BERT), "encoder.layer", "attention.self.value", "attention.self.key",
             slice(0, 48), slice(0, 48)),
    "roberta": (tf.RobertaConfig(**ROBERTA), "encoder.layer", "attention.self.value", "attention.self.key",
                slice(0, 48), slice(0, 48)),
    "xlm-roberta": (tf.XLMRobertaConfig(**ROBERTA), "encoder.layer", "attention.self.value", "attention.self.key",
                    slice(0, 48), slice(0, 48)),
    "mpnet": (tf.MPNetConfig(**ROBERTA), "encoder.layer", "attention.attn.v", "attention.attn.k",
              slice(0, 48), slice(0, 48)),
    "distilbert": (tf.DistilBertConfig(dim=48, hidden_dim=64, n_layers=3, n_heads=6, **VOCABULARY), "transformer.layer",
                   "attention.v_lin", "attention.k_lin", slice(0, 48), slice(0, 48)),
    "t5": (tf.T5Config(d_model=48, d_ff=64, num_layers=3, num_heads=6, d_kv=10, **VOCABULARY), "encoder.block",
           "layer.0.SelfAttention.v", "layer.0.SelfAttention.k", slice(0, 60), slice(0, 60)),
    "llama": (tf.LlamaConfig(**GROUPED), "layers", "self_attn.v_proj", "self_attn.k_proj", slice(0, 16), slice(0, 16)),
    "mistral": (tf.MistralConfig(**GROUPED), "layers", "self_attn.v_proj", "self_attn.k_proj",
                slice(0, 16), slice(0, 16)),
    "qwen2": (tf.Qwen2Config(**GROUPED), "layers", "self_attn.v_proj", "self_attn.k_proj", slice(0, 16), slice(0, 16)),
    "qwen3": (tf.Qwen3Config(**GROUPED, head_dim=10), "layers", "self_attn.v_proj", "self_attn.k_proj",
              slice(0, 20), slice(0, 20)),
    "gemma": (tf.GemmaConfig(**GROUPED, head_dim=10), "layers", "self_attn.v_proj", "self_attn.k_proj",
              slice(0, 20), slice(0, 20)),
    "gemma2": (tf.Gemma2Config(**GROUPED, head_dim=10), "layers", "self_attn.v_proj", "self_attn.k_proj",
               slice(0, 20), slice(0, 20)),
    "modernbert": (tf.ModernBertConfig(**BERT, cls_token_id=1, sep_token_id=2), "layers", "attn.Wqkv", "attn.Wqkv",
                   slice(96, 144), slice(48, 96)),
    "phi3": (tf.Phi3Config(**GROUPED), "layers", "self_attn.qkv_proj", "self_attn.qkv_proj",
             slice(64, 80), slice(48, 64)),
    "gpt2": (tf.GPT2Config(n_embd=48, n_layer=3, n_head=6, **VOCABULARY), "h", "attn.c_attn", "attn.c_attn",
             slice(96, 144), slice(48, 96)),
}  # fmt: skip
FINAL_NORMS = {
    "t5": "encoder.final_layer_norm", "llama": "norm", "mistral": "norm", "qwen2": "norm", "qwen3": "norm",
    "gemma": "norm", "gemma2": "norm", "modernbert": "final_norm", "phi3": "norm", "gpt2": "ln_f",
}  # fmt: skip
IDS = np.random.default_rng(0).integers(3, 99, (4, 11))
MASK = np.arange(11) < np.array([11, 1, 7, 10])[:, None]


def build(family: str) -> Any:
    config = deepcopy(FAMILIES[family][0])  # models change their configuration
    torch.manual_seed(0)
    mapping = tf.MODEL_FOR_TEXT_ENCODING_MAPPING if config.is_encoder_decoder else tf.MODEL_MAPPING
    return mapping[type(config)](config).eval()


def run(model: Any, ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> Any:
    """The whole model as transformers runs it."""
    padded = np.where(mask, ids, model.config.pad_token_id)
    with torch.no_grad():
        return model(
            input_ids=torch.from_numpy(padded), attention_mask=torch.from_numpy(mask).long(), output_hidden_states=True
        )


def hooked(model: Any, names: list[str]) -> dict[str, NDArray[np.float32]]:
    """The outputs of modules of the whole model, by forward hooks on them."""
    found: dict[str, NDArray[np.float32]] = {}
    for name in names:
        model.get_submodule(name).register_forward_hook(
            lambda _m, _i, out, name=name: found.update({name: out.numpy()})
        )
    run(model, IDS, MASK)
    return found


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("block", [0, 2])
def test_value_and_key_are_what_the_real_projections_give(family: str, block: int) -> None:
    _, blocks, value, key, value_columns, key_columns = FAMILIES[family]
    real = hooked(build(family), [f"{blocks}.{block}.{value}", f"{blocks}.{block}.{key}"])
    backbone = TorchBackbone(build(family), [State("value", block), State("key", block)])
    states = backbone.states(IDS, MASK)
    for state, name, columns in (
        (State("value", block), value, value_columns),
        (State("key", block), key, key_columns),
    ):
        expected = real[f"{blocks}.{block}.{name}"][..., columns]
        assert states[state].shape == (4, 11, backbone.widths[state]) == expected.shape
        np.testing.assert_allclose(states[state][MASK], expected[MASK], atol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_grouped_values_keep_their_own_width(family: str) -> None:
    config, _, _, _, columns, _ = FAMILIES[family]
    backbone = TorchBackbone(build(family), [State("value", 0)])
    groups = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    assert backbone.widths[State("value", 0)] == columns.stop - columns.start
    assert backbone.widths[State("value", 0)] % groups == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_hidden_is_the_output_of_the_block(family: str) -> None:
    real = run(build(family), IDS, MASK).hidden_states  # the embeddings stand first
    backbone = TorchBackbone(build(family), [State("hidden", 0), State("hidden", 1)])
    states = backbone.states(IDS, MASK)
    for block in (0, 1):
        np.testing.assert_allclose(states[State("hidden", block)][MASK], real[block + 1].numpy()[MASK], atol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_hidden_of_the_last_block_is_read_before_the_final_norm_and_passage_after_it(family: str) -> None:
    whole = build(family)
    real = run(whole, IDS, MASK).last_hidden_state.numpy()
    states = TorchBackbone(build(family), [State("hidden", 2), State("passage")]).states(IDS, MASK)
    np.testing.assert_allclose(states[State("passage")][MASK], real[MASK], atol=1e-6)
    hidden = states[State("hidden", 2)]
    if family in FINAL_NORMS:
        assert np.abs(hidden - real)[MASK].max() > 1e-3
        with torch.no_grad():
            hidden = whole.get_submodule(FINAL_NORMS[family])(torch.from_numpy(hidden)).numpy()
    np.testing.assert_allclose(hidden[MASK], real[MASK], atol=1e-5)


@pytest.mark.parametrize("family", FINAL_NORMS)
def test_hidden_of_the_last_block_is_the_same_without_the_final_norm(family: str) -> None:
    last = State("hidden", 2)
    alone = TorchBackbone(build(family), [last]).states(IDS, MASK)[last]
    beside = TorchBackbone(build(family), [last, State("passage")]).states(IDS, MASK)[last]
    np.testing.assert_array_equal(alone[MASK], beside[MASK])


@pytest.mark.parametrize("family", FAMILIES)
def test_padding_on_the_right_changes_nothing(family: str) -> None:
    wanted = [State("value", 2), State("key", 1), State("hidden", 2), State("passage")]
    backbone = TorchBackbone(build(family), wanted)
    together = backbone.states(IDS, MASK)
    for row, length in enumerate(MASK.sum(axis=1)):
        alone = backbone.states(IDS[row : row + 1, :length], MASK[row : row + 1, :length])
        for state in wanted:
            np.testing.assert_allclose(together[state][row, :length], alone[state][0], atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_no_tap_reads_is_dropped(family: str) -> None:
    whole = build(family)
    backbone = TorchBackbone(whole, [State("value", 1), State("hidden", 0)])
    assert backbone.blocks == 2
    assert len(backbone.model.get_submodule(FAMILIES[family][1])) == 2
    assert "pooler" not in dict(backbone.model.named_children())
    if family in FINAL_NORMS:
        assert isinstance(backbone.model.get_submodule(FINAL_NORMS[family]), nn.Identity)
    assert not any(parameter.requires_grad for parameter in backbone.model.parameters())


class Block(nn.Module):
    """A block of GPT-NeoX's layout: the parts of the projection are interleaved by head."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.ModuleDict({"query_key_value": nn.Linear(4, 12), "dense": nn.Linear(4, 4)})


def test_an_unknown_layout_is_an_error_that_lists_what_was_found() -> None:
    with pytest.raises(BundleError, match=r"layout that is not known.*found attention, attention.query_key_value, "):
        projection(Block(), tf.BertConfig(**BERT), "value", "block 3")


def test_a_model_without_known_blocks_is_an_error_that_lists_its_lists() -> None:
    config = tf.GPTNeoXConfig(**BERT)
    with pytest.raises(BundleError, match=r"no list of 3 blocks.*found layers \(3 of GPTNeoXLayer\)"):
        TorchBackbone(tf.GPTNeoXModel(config), [State("value", 0)])


def test_a_fused_projection_that_does_not_fit_the_head_counts_is_an_error() -> None:
    model = tf.Phi3Model(tf.Phi3Config(**GROUPED))
    model.config.num_key_value_heads = 3
    with pytest.raises(BundleError, match=r"qkv_proj gives 80 numbers a token, expected 96: 6 query heads.* 3 key"):
        TorchBackbone(model, [State("value", 0)])


def test_a_projection_that_is_no_linear_layer_is_an_error() -> None:
    block = nn.ModuleDict({name: nn.Identity() for name in ("query", "key", "value")})
    with pytest.raises(BundleError, match="projects with Identity, expected a linear layer"):
        projection(block, tf.BertConfig(**BERT), "key")


def test_a_block_that_is_not_there_is_an_error() -> None:
    with pytest.raises(BundleError, match="reads block 3, but the backbone has 3 blocks, counted from 0"):
        TorchBackbone(build("bert"), [State("hidden", 3)])
