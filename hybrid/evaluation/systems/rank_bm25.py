"""BM25 by the package rank-bm25, as a cross-check of the lexical leg: BM25Okapi with k1 1.2 and b 0.75.

Its inverse document frequency is ln((N − n + .5) / (n + .5)), which is negative for a word in more than half of the
texts and is then raised to a quarter of the mean; Lucene's adds 1 within the logarithm. So the two agree on words that
are rare enough, and where one word is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hybrid.encoding.extras import require
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.runs import Ranking, best_first
from hybrid.evaluation.systems.words import stemmed

K1, B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class RankBM25System:
    """See the module. The words are those of the lexical leg; any may match."""

    name: str
    reads_mentions: bool = False
    reads_passages: bool = False

    def __post_init__(self) -> None:
        require("the system rank-bm25", "eval", "rank_bm25")

    def rank(self, collection: Collection, types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
        """See `System.rank`; a text that scores 0 is not ranked."""
        from rank_bm25 import BM25Okapi

        words = stemmed(collection.texts)
        if not any(words):
            return {label: best_first(np.zeros(0), 0) for label in types}
        index = BM25Okapi(words, k1=K1, b=B)
        return {
            label: best_first(np.asarray(index.get_scores(asked), dtype=np.float64), depth[label], above=0.0)
            for label, asked in zip(types, stemmed(list(types.values())), strict=True)
        }
