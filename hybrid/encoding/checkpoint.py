"""A backbone's files, read once: what is hashed is what is loaded."""

from __future__ import annotations

import io
import json
import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid.encoding.files import Files, Folder
from hybrid.errors import BundleError

if TYPE_CHECKING:
    import torch

# The first that is there is read: safe formats before pickled ones, whole files before files in pieces.
_WEIGHTS = (
    r"model\.safetensors",
    r"model-\d+-of-\d+\.safetensors",
    r"pytorch_model\.bin",
    r"pytorch_model-\d+-of-\d+\.bin",
)
_VOCABULARIES = ("vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model")


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Weights, configuration and tokenizer of a backbone, in memory (or mapped into it).

    `config` is what transformers calls config.json, `tokenizer` the text of a tokenizer.json; `sha256` and
    `tokenizer_sha256` are taken from just these (see `hashing`), so nothing can change between check and use.
    """

    place: str
    tensors: Mapping[str, torch.Tensor]
    config: Mapping[str, Any]
    tokenizer: str
    sha256: str
    tokenizer_sha256: str


def read_checkpoint(path: Files | Path | str) -> Checkpoint:
    """Read a model's folder as transformers saves it, or a GGUF file. BundleError: something is missing or damaged.

    Pickled weights (pytorch_model.bin) are read with `weights_only=True`, so that no code in them can run.
    """
    from hybrid.encoding.hashing import hash_tensors, hash_tokenizer

    if isinstance(path, str | Path):
        if Path(path).suffix == ".gguf":
            from hybrid.encoding.gguf import read_gguf

            return read_gguf(Path(path))
        path = Folder(Path(path))
    config = _config(path)
    tokenizer = _tokenizer(path)
    tensors = _tensors(path)
    return Checkpoint(path.place, tensors, config, tokenizer, hash_tensors(tensors), hash_tokenizer(tokenizer))


def _config(files: Files) -> dict[str, Any]:
    try:
        config = json.loads(files.read("config.json"))
    except ValueError as error:
        raise BundleError(f"{files.place}: config.json is not JSON: {error}") from error
    if not isinstance(config, dict) or not isinstance(config.get("model_type"), str):
        raise BundleError(f"{files.place}: config.json names no model_type")
    return config


def _tokenizer(files: Files) -> str:
    """tokenizer.json, or what transformers makes of an older model's vocabulary."""
    if "tokenizer.json" in files.names():
        text = files.read("tokenizer.json")
        try:
            if isinstance(json.loads(text), dict):
                return text.decode("utf-8")
        except ValueError as error:
            raise BundleError(f"{files.place}: tokenizer.json is not JSON: {error}") from error
        raise BundleError(f"{files.place}: tokenizer.json is not an object")
    folder = files.path(".")
    # Without any vocabulary transformers would make up an empty tokenizer.
    if folder is None or not set(files.names()) & set(_VOCABULARIES):
        raise BundleError(f"{files.place}: no tokenizer.json, nor {', '.join(_VOCABULARIES)}")
    from transformers import AutoTokenizer

    try:
        return str(AutoTokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer.to_str())
    except Exception as error:
        raise BundleError(f"{files.place}: no tokenizer.json, and no tokenizer can be made: {error}") from error


def _tensors(files: Files) -> dict[str, torch.Tensor]:
    names = files.names()
    for pattern in _WEIGHTS:
        found = [name for name in names if re.fullmatch(pattern, name)]
        if found:
            tensors: dict[str, torch.Tensor] = {}
            for name in found:
                tensors.update(_safetensors(files, name) if name.endswith(".safetensors") else _pickled(files, name))
            return tensors
    raise BundleError(f"{files.place}: no weights, expected model.safetensors or pytorch_model.bin")


def _safetensors(files: Files, name: str) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load, load_file

    path = files.path(name)
    try:
        return dict(load(files.read(name)) if path is None else load_file(path))
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise BundleError(f"{files.place}: {name} is damaged: {error}") from error


def _pickled(files: Files, name: str) -> dict[str, torch.Tensor]:
    import torch

    try:
        loaded = torch.load(io.BytesIO(files.read(name)), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise BundleError(f"{files.place}: {name} is damaged or holds more than weights: {error}") from error
    return {key: value for key, value in loaded.items() if isinstance(value, torch.Tensor)}
