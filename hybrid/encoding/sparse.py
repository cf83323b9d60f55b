"""SPLADE: texts to weights of the words of a masked language model's vocabulary.

A text's weight of a word is the largest over its tokens of log(1 + relu(logit)). Formal, Piwowarski, Clinchant: SPLADE,
SIGIR 2021, equation 1; max pooling: SPLADE v2, arXiv 2109.10086, equation 6. A folder without modules.json is read so;
one with them as it says (SPLADE with a separate query side, for one).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hybrid.documents import Float32
from hybrid.encoding.checks import check_texts
from hybrid.encoding.published import Published, device_of
from hybrid.errors import BundleError

BATCH = 32


class SpladeEncoder:
    """Texts to sparse rows, SciPy CSR float32 [n, vocabulary], none negative; scores are inner products."""

    def __init__(self, model: str | Published, *, device: str = "auto") -> None:
        """Raises BundleError where the model is not found or has no masked-LM head; MissingExtra."""
        self._published = Published(model) if isinstance(model, str) else model
        place = device_of(device)

        def build(folder: Any) -> Any:
            from sentence_transformers import SparseEncoder

            return SparseEncoder(str(folder), device=place, local_files_only=True)

        self._model = self._published.load(build)

    def queries(self, texts: Sequence[str]) -> Any:
        """Questions: CSR [n, vocabulary]."""
        return self._encode(self._model.encode_query, texts)

    def documents(self, texts: Sequence[str]) -> Any:
        """Documents: CSR [n, vocabulary]."""
        return self._encode(self._model.encode_document, texts)

    def words(self, row: Any, first: int = 10) -> list[tuple[str, float]]:
        """The heaviest words of one row, for people."""
        weights: Float32 = np.asarray(row.toarray()).ravel()
        order = np.argsort(-weights, kind="stable")[:first]
        names = self._model.tokenizer.convert_ids_to_tokens(order.tolist())
        return [(name, float(weights[place])) for name, place in zip(names, order, strict=True) if weights[place] > 0]

    def _encode(self, encode: Any, texts: Sequence[str]) -> Any:
        from scipy.sparse import csr_array

        check_texts(texts)
        if not texts:
            return csr_array((0, 0), dtype=np.float32)
        found = encode(list(texts), batch_size=BATCH, show_progress_bar=False, convert_to_tensor=True)
        if getattr(found, "ndim", 0) != 2:
            raise BundleError(f"{self._published.name} gives no weights of words, so it is no SPLADE")
        found = found.to_sparse().coalesce().cpu() if not found.is_sparse else found.coalesce().cpu()
        rows, columns = found.indices().numpy()
        return csr_array((found.values().float().numpy(), (rows, columns)), shape=tuple(found.shape))
