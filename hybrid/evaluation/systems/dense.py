"""A published sentence encoder: texts by the cosine with the type's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hybrid.encoding.sentences import SentenceEncoder
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.runs import Ranking, best_first


@dataclass
class DenseSystem:
    """See the module. `model` is named as in `hybrid.encoding.published`; it is loaded when it first ranks."""

    name: str
    model: str
    reads_mentions: bool = False

    def __post_init__(self) -> None:
        self._encoder: SentenceEncoder | None = None

    def rank(self, collection: Collection, types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
        """See `System.rank`."""
        self._encoder = self._encoder or SentenceEncoder(self.model)
        texts = self._encoder.documents(collection.texts)
        scores = self._encoder.queries(list(types.values())) @ texts.T
        return {label: best_first(own, depth[label]) for label, own in zip(types, scores, strict=True)}
