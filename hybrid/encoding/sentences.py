"""Sentence encoders as they are published: the dense baselines.

Reimers, Gurevych: Sentence-BERT, EMNLP 2019. See `published` for how a model is named and what of its files is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hybrid.documents import Float32
from hybrid.encoding.checks import check_texts
from hybrid.encoding.projection import unit
from hybrid.encoding.published import Published, device_of
from hybrid.errors import BundleError

BATCH = 64


class SentenceEncoder:
    """Texts to vectors of unit length, float32 [n, d], so that an inner product is a cosine."""

    def __init__(self, model: str | Published, *, device: str = "auto") -> None:
        """Raises BundleError where the model is not found or cannot be loaded; MissingExtra."""
        self._published = Published(model) if isinstance(model, str) else model
        place = device_of(device)

        def build(folder: Any) -> Any:
            from sentence_transformers import SentenceTransformer

            return SentenceTransformer(str(folder), device=place, local_files_only=True)

        self._model = self._published.load(build)

    def queries(self, texts: Sequence[str]) -> Float32:
        """Questions, behind the model's own prompt for them where it has one."""
        return self._encode(self._model.encode_query, texts)

    def documents(self, texts: Sequence[str]) -> Float32:
        """Documents, behind the model's own prompt for them where it has one."""
        return self._encode(self._model.encode_document, texts)

    def _encode(self, encode: Any, texts: Sequence[str]) -> Float32:
        check_texts(texts)
        if not texts:
            return np.zeros((0, int(self._model.get_embedding_dimension())), np.float32)
        vectors = encode(list(texts), batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True)
        if not isinstance(vectors, np.ndarray) or vectors.ndim != 2:
            raise BundleError(f"{self._published.name} gives no vector a text, so it is no sentence encoder")
        return unit(np.asarray(vectors, dtype=np.float32))
