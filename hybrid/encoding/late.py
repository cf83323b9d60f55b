"""Late interaction: a vector a token, and a question's tokens that each find their nearest one (MaxSim).

score(q, d) = Σ over q's tokens of the largest cosine among d's tokens. Khattab, Zaharia: ColBERT, SIGIR 2020, equation
3. Models of ColBERT and PyLate are run with their own projection, prefixes and query expansion; any other transformer
without a projection, on its last hidden states: nothing is made up at random.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hybrid.documents import Float32
from hybrid.encoding.checks import check_texts
from hybrid.encoding.published import Published, device_of

BATCH = 32


class LateEncoder:
    """Texts to vectors of unit length a token, float32 [t, d] each."""

    def __init__(self, model: str | Published, *, device: str = "auto") -> None:
        """Raises BundleError where the model is not found or cannot be loaded; MissingExtra."""
        self._published = Published(model) if isinstance(model, str) else model
        place = device_of(device)
        self._model = self._published.load(lambda folder: _build(folder, place))

    def queries(self, texts: Sequence[str]) -> list[Float32]:
        """Questions, with the model's own prefix and expansion."""
        return self._encode(self._model.encode_query, texts)

    def documents(self, texts: Sequence[str]) -> list[Float32]:
        """Documents, with the model's own prefix; tokens that it skips have no vector."""
        return self._encode(self._model.encode_document, texts)

    def _encode(self, encode: Any, texts: Sequence[str]) -> list[Float32]:
        check_texts(texts)
        if not texts:
            return []
        found = encode(list(texts), batch_size=BATCH, show_progress_bar=False, convert_to_numpy=False)
        return [np.ascontiguousarray(tokens.float().cpu().numpy(), dtype=np.float32) for tokens in found]


def max_sim(query: Float32, tokens: Float32, starts: Sequence[int]) -> Float32:
    """The MaxSim of one question with many documents, float32 [documents].

    `query` float32 [q, d]; `tokens` float32 [t, d], the documents' tokens one after another, and `starts` where each
    document begins; none is empty.
    """
    if not len(starts):
        return np.zeros(0, np.float32)
    best = np.maximum.reduceat(tokens @ query.T, np.asarray(starts, dtype=np.int64), axis=0)
    return np.asarray(best.sum(axis=1), dtype=np.float32)


def has_projection(folder: Path) -> bool:
    """Whether a folder is a model of late interaction that brings what comes after the transformer."""
    if (folder / "artifact.metadata").is_file():  # ColBERT's own format
        return True
    kind = _json(folder / "config_sentence_transformers.json", {}).get("model_type")
    modules = _json(folder / "modules.json", [])
    return kind in ("MultiVectorEncoder", "ColBERT") or any("Dense" in str(one.get("type")) for one in modules)


def _build(folder: Path, device: str) -> Any:
    from sentence_transformers import MultiVectorEncoder

    if has_projection(folder):
        return MultiVectorEncoder(str(folder), device=device, local_files_only=True)
    from sentence_transformers.base.modules import Normalize, Transformer
    from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask

    modules = [Transformer(str(folder)), MultiVectorMask(), Normalize(module_input_name="token_embeddings")]
    return MultiVectorEncoder(modules=modules, device=device)


def _json(path: Path, missing: Any) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return missing
