"""A published sentence encoder: texts by the cosine with the type's words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from hybrid.encoding.sentences import SentenceEncoder
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.runs import Ranking, best_first
from hybrid.evaluation.systems.published import PublishedSystem


class DenseSystem(PublishedSystem):
    """See the module."""

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        return SentenceEncoder(self._published)

    def rank(self, collection: Collection, types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
        """See `System.rank`."""
        texts = self._encoder.documents(collection.texts)
        scores = self._encoder.queries(list(types.values())) @ texts.T
        return {label: best_first(own, depth[label]) for label, own in zip(types, scores, strict=True)}
