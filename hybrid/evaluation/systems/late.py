"""Late interaction: texts by the sum, over the tokens of the type's words, of the nearest token's cosine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from hybrid.encoding.late import LateEncoder, max_sim
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.runs import Ranking, best_first
from hybrid.evaluation.systems.published import PublishedSystem


class LateSystem(PublishedSystem):
    """See the module."""

    @cached_property
    def _encoder(self) -> LateEncoder:
        return LateEncoder(self._published)

    def rank(self, collection: Collection, types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
        """See `System.rank`; a text without a token is not ranked."""
        texts = self._encoder.documents(collection.texts)
        counts = np.array([len(tokens) for tokens in texts])
        having = np.flatnonzero(counts)
        tokens = np.concatenate([texts[place] for place in having]) if len(having) else np.zeros((0, 1), np.float32)
        starts = (np.cumsum(counts) - counts)[having].tolist()
        rankings = {}
        for label, query in zip(types, self._encoder.queries(list(types.values())), strict=True):
            scores = np.full(len(texts), -np.inf)
            scores[having] = max_sim(query, tokens, starts)
            rankings[label] = best_first(scores, depth[label], above=-np.inf)
        return rankings
