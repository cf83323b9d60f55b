"""SPLADE: texts by the inner product of weights of words, the type's words weighed and widened by the model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from hybrid.encoding.sparse import SpladeEncoder
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.runs import Ranking, best_first
from hybrid.evaluation.systems.published import PublishedSystem


class SpladeSystem(PublishedSystem):
    """See the module."""

    @cached_property
    def _encoder(self) -> SpladeEncoder:
        return SpladeEncoder(self._published)

    def rank(self, collection: Collection, types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
        """See `System.rank`; a text that shares no word with the question is not ranked."""
        texts = self._encoder.documents(collection.texts)
        scores = np.asarray((texts @ self._encoder.queries(list(types.values())).T).toarray())
        return {label: best_first(own, depth[label], above=0.0) for label, own in zip(types, scores.T, strict=True)}
