"""Late interaction: texts by the sum, over the tokens of the type's words, of the nearest token's cosine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hybrid.encoding.extras import require
from hybrid.encoding.late import LateEncoder, max_sim
from hybrid.encoding.published import Published
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.runs import Ranking, best_first


@dataclass
class LateSystem:
    """See the module. `model` is named as in `hybrid.encoding.published`: looked for at once, loaded when it ranks."""

    name: str
    model: str
    reads_mentions: bool = False

    def __post_init__(self) -> None:
        require(f"the system {self.name}", "eval", "sentence_transformers")
        self._published = Published(self.model)
        self._encoder: LateEncoder | None = None

    def rank(self, collection: Collection, types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
        """See `System.rank`; a text without a token is not ranked."""
        self._encoder = self._encoder or LateEncoder(self._published)
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
