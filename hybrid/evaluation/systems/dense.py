"""A published sentence encoder: texts by the cosine with the type's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hybrid.encoding.extras import require
from hybrid.encoding.published import Published
from hybrid.encoding.sentences import SentenceEncoder
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.runs import Ranking, best_first


@dataclass
class DenseSystem:
    """See the module. `model` is named as in `hybrid.encoding.published`: looked for at once, loaded when it ranks."""

    name: str
    model: str
    reads_mentions: bool = False

    def __post_init__(self) -> None:
        require(f"the system {self.name}", "eval", "sentence_transformers")
        self._published = Published(self.model)
        self._encoder: SentenceEncoder | None = None

    def rank(self, collection: Collection, types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
        """See `System.rank`."""
        self._encoder = self._encoder or SentenceEncoder(self._published)
        texts = self._encoder.documents(collection.texts)
        scores = self._encoder.queries(list(types.values())) @ texts.T
        return {label: best_first(own, depth[label]) for label, own in zip(types, scores, strict=True)}
