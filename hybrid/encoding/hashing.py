"""What weights and a tokenizer are, as hashes that do not depend on the file they came in."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

# How base models are called inside models with a head; what stands beside them is the head.
PREFIXES = ("model", "transformer", "bert", "roberta", "xlm_roberta", "mpnet", "distilbert")
# Constants that older files carry as if they were weights.
_CONSTANT = re.compile(r"(^|\.)(position_ids|inv_freq|attn\.bias|attn\.masked_bias)$")


def canonical_names(names: Iterable[str]) -> dict[str, str]:
    """Canonical name to name in the file, sorted: without the base model's prefix, its heads and constants.

    The same model saved with a language-modelling head (`bert.encoder…`, `cls.…`) and without (`encoder…`) gives the
    same canonical names.
    """
    kept = [name for name in names if not _CONSTANT.search(name)]
    # Embeddings tell a base model from one of its parts: DistilBERT has a part that is called transformer.
    embeddings = [name for name in kept if re.search(r"embed|wte|shared", name)]
    start = next((f"{p}." for p in PREFIXES if any(name.startswith(f"{p}.") for name in embeddings)), "")
    return dict(sorted((name.removeprefix(start), name) for name in kept if name.startswith(start)))


def hash_tensors(tensors: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 (hex) over name, dtype, shape and little-endian bytes of every tensor, by canonical name.

    Old names of layer norms (`gamma`, `beta`) are read as today's; a matrix that repeats an earlier one (a tied
    embedding, which some formats write twice) is left out.
    """
    total = hashlib.sha256()
    seen: set[bytes] = set()
    for name, found in canonical_names(tensors).items():
        tensor = tensors[found]
        modern = re.sub(r"\.gamma$", ".weight", re.sub(r"\.beta$", ".bias", name))
        kind = f"{str(tensor.dtype).removeprefix('torch.')}\0{','.join(map(str, tensor.shape))}\0"
        content = hashlib.sha256(kind.encode())
        content.update(_bytes(tensor))
        digest = content.digest()
        if tensor.dim() > 1 and digest in seen:
            continue
        seen.add(digest)
        total.update(f"{modern}\0".encode() + digest)
    return total.hexdigest()


def hash_tokenizer(text: str) -> str:
    """SHA-256 (hex) of a tokenizer.json, apart from its layout, its truncation and its padding."""
    content: dict[str, Any] = json.loads(text)
    content.pop("truncation", None)
    content.pop("padding", None)
    merges = content.get("model", {}).get("merges")
    if merges:
        # Two ways to write a merge, by the version of the library that saved it.
        content["model"]["merges"] = [pair.split(" ", 1) if isinstance(pair, str) else pair for pair in merges]
    return hash_json(content)


def hash_json(content: object) -> str:
    """SHA-256 (hex) of a JSON value, apart from white space and the order of keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _bytes(tensor: torch.Tensor) -> memoryview:
    import torch

    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return memoryview(flat.view(torch.uint8).numpy().data) if flat.numel() else memoryview(b"")
