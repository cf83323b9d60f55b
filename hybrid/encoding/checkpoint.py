"""A backbone's files, read once: what is hashed is what is loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid.errors import BundleError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Weights, configuration and tokenizer of a backbone, in memory (or mapped into it).

    `config` is what transformers calls config.json, `tokenizer` the text of a tokenizer.json; `sha256` and
    `tokenizer_sha256` are taken from just these (see `hashing`), so nothing can change between check and use.
    """

    path: Path
    tensors: Mapping[str, torch.Tensor]
    config: Mapping[str, Any]
    tokenizer: str
    sha256: str
    tokenizer_sha256: str


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a model folder as transformers saves it. What is missing or damaged raises BundleError."""
    from hybrid.encoding.hashing import hash_tensors, hash_tokenizer

    tensors, config = _tensors(path), _config(path)
    tokenizer = _tokenizer(path)
    return Checkpoint(path, tensors, config, tokenizer, hash_tensors(tensors), hash_tokenizer(tokenizer))


def _config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"{path}: config.json cannot be read: {error}") from error
    if not isinstance(config, dict) or "model_type" not in config:
        raise BundleError(f"{path}: config.json names no model_type")
    return config


def _tokenizer(path: Path) -> str:
    try:
        return (path / "tokenizer.json").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BundleError(f"{path}: tokenizer.json cannot be read: {error}") from error


def _tensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    tensors: dict[str, torch.Tensor] = {}
    files = sorted(path.glob("model*.safetensors"))
    if not files:
        raise BundleError(f"{path}: no weights, expected model.safetensors")
    for file in files:
        try:
            tensors.update(load_file(file))
        except (SafetensorError, OSError, ValueError) as error:
            raise BundleError(f"{file}: damaged weights: {error}") from error
    return tensors
