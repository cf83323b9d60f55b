"""Backbones stored as GGUF: weights are dequantised to float32 as they are asked for, the rest is metadata.

Only the architecture `llama` is read (Llama, Mistral, SmolLM2): its tensors' names and the order of its rotary
dimensions are known here. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid.encoding.checkpoint import Checkpoint
from hybrid.encoding.gguf_tokenizer import build_tokenizer
from hybrid.encoding.hashing import hash_json
from hybrid.errors import BundleError, MissingExtra

if TYPE_CHECKING:
    import torch
    from gguf import GGUFReader, ReaderTensor

_OUTER = {"token_embd.weight": "embed_tokens.weight", "output_norm.weight": "norm.weight"}
_INNER = {
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}  # fmt: skip
_HEAD = "output.weight"


def read_gguf(path: Path) -> Checkpoint:
    """Read a GGUF file of the architecture `llama` with a byte-level BPE tokenizer; others raise BundleError.

    The hash covers name, quantisation, shape and bytes of every tensor as they are stored.
    """
    try:
        from gguf import GGUFReader
    except ImportError as error:
        raise MissingExtra("a GGUF backbone", "gguf") from error
    try:
        reader = GGUFReader(path)
        fields = {name: field.contents() for name, field in reader.fields.items()}
    except (OSError, ValueError, IndexError, KeyError, UnicodeDecodeError) as error:
        raise BundleError(f"{path}: cannot be read as GGUF: {error}") from error
    config = _config(path, fields, reader)
    words = {name: value for name, value in fields.items() if name.startswith("tokenizer.ggml.")}
    return Checkpoint(
        str(path), _Weights(path, reader, config), config, build_tokenizer(str(path), words), _hash(reader),
        hash_json(words),
    )  # fmt: skip


def _config(path: Path, fields: Mapping[str, Any], reader: GGUFReader) -> dict[str, Any]:
    if fields.get("general.architecture") != "llama":
        raise BundleError(f"{path}: GGUF of architecture {fields.get('general.architecture')}, expected llama")
    if "llama.rope.scaling.type" in fields or any(tensor.name == "rope_freqs.weight" for tensor in reader.tensors):
        raise BundleError(f"{path}: GGUF with scaled rotary embedding, expected one without")
    try:
        heads = int(fields["llama.attention.head_count"])
        width = int(fields["llama.embedding_length"])
        return {
            "model_type": "llama",
            "vocab_size": len(fields["tokenizer.ggml.tokens"]),
            "hidden_size": width,
            "intermediate_size": int(fields["llama.feed_forward_length"]),
            "num_hidden_layers": int(fields["llama.block_count"]),
            "num_attention_heads": heads,
            "num_key_value_heads": int(fields.get("llama.attention.head_count_kv", heads)),
            "head_dim": int(fields.get("llama.attention.key_length", width // heads)),
            "rms_norm_eps": float(fields["llama.attention.layer_norm_rms_epsilon"]),
            "rope_theta": float(fields.get("llama.rope.freq_base", 10000.0)),
            "max_position_embeddings": int(fields["llama.context_length"]),
            "bos_token_id": fields.get("tokenizer.ggml.bos_token_id"),
            "eos_token_id": fields.get("tokenizer.ggml.eos_token_id"),
            "pad_token_id": fields.get("tokenizer.ggml.padding_token_id"),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{path}: GGUF without a usable {error}") from error


class _Weights(Mapping[str, "torch.Tensor"]):
    """Tensors by the names that transformers gives them, float32, made from the stored ones on each access."""

    def __init__(self, path: Path, reader: GGUFReader, config: Mapping[str, Any]) -> None:
        self._config = config
        self._tensors: dict[str, ReaderTensor] = {}
        for tensor in reader.tensors:
            if tensor.name != _HEAD:
                self._tensors[_name(path, tensor.name)] = tensor

    def __getitem__(self, name: str) -> torch.Tensor:
        import torch
        from gguf import dequantize

        tensor = self._tensors[name]
        values = np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        if name.endswith(".q_proj.weight"):
            values = _unpermuted(values, self._config["num_attention_heads"])
        elif name.endswith(".k_proj.weight"):
            values = _unpermuted(values, self._config["num_key_value_heads"])
        return torch.from_numpy(np.array(values, order="C", copy=True))

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


def _name(path: Path, name: str) -> str:
    if name in _OUTER:
        return _OUTER[name]
    match name.split("."):
        case ["blk", number, part, "weight"] if part in _INNER and number.isdecimal():
            return f"layers.{number}.{_INNER[part]}.weight"
    raise BundleError(f"{path}: GGUF with a tensor {name}, which the architecture llama does not have")


def _unpermuted(values: np.ndarray[Any, np.dtype[np.float32]], heads: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Undo llama.cpp's order of rotary dimensions: it keeps pairs together, transformers keeps halves together."""
    rows, columns = values.shape
    return values.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _hash(reader: GGUFReader) -> str:
    total = hashlib.sha256()
    for tensor in sorted(reader.tensors, key=lambda tensor: str(tensor.name)):
        shape = ",".join(str(int(size)) for size in tensor.shape)
        total.update(f"{tensor.name}\0{tensor.tensor_type.name}\0{shape}\0".encode())
        total.update(np.ascontiguousarray(tensor.data).view(np.uint8).data)
    return total.hexdigest()
