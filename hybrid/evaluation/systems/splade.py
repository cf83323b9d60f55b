"""SPLADE: texts by the inner product of weights of words, the type's words weighed and widened by the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hybrid.encoding.extras import require
from hybrid.encoding.published import Published
from hybrid.encoding.sparse import SpladeEncoder
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.runs import Ranking, best_first


@dataclass
class SpladeSystem:
    """See the module. `model` is named as in `hybrid.encoding.published`: looked for at once, loaded when it ranks."""

    name: str
    model: str
    reads_mentions: bool = False

    def __post_init__(self) -> None:
        require(f"the system {self.name}", "eval", "sentence_transformers")
        self._published = Published(self.model)
        self._encoder: SpladeEncoder | None = None

    def rank(self, collection: Collection, types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
        """See `System.rank`; a text that shares no word with the question is not ranked."""
        self._encoder = self._encoder or SpladeEncoder(self._published)
        texts = self._encoder.documents(collection.texts)
        scores = np.asarray((texts @ self._encoder.queries(list(types.values())).T).toarray())
        return {label: best_first(own, depth[label], above=0.0) for label, own in zip(types, scores.T, strict=True)}
