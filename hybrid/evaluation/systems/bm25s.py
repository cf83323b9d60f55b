"""BM25 by the package bm25s, as a cross-check of the lexical leg: its method `lucene` with k1 1.2 and b 0.75.

The formula is the lexical leg's but for two things: bm25s keeps a text's length exactly, where Lucene rounds it to a
byte, and it counts a word that is asked twice once. Lù: BM25S, 2024, arXiv 2407.03618.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hybrid.encoding.extras import require
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.runs import Ranking, best_first
from hybrid.evaluation.systems.words import stemmed

K1, B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class BM25SSystem:
    """See the module. The words are those of the lexical leg; any may match."""

    name: str
    reads_mentions: bool = False
    reads_passages: bool = False

    def __post_init__(self) -> None:
        require("the system bm25s", "eval", "bm25s")

    def rank(self, collection: Collection, types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
        """See `System.rank`; a text that scores 0 is not ranked."""
        return rank_texts(collection.texts, types, depth)


def rank_texts(texts: Sequence[str], types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
    """Of each label's words the first `depth` texts that hold any of them.

    Raises:
        MissingExtra: bm25s, or what cuts texts into words, is not installed.
    """
    require("BM25 by bm25s", "eval", "bm25s")
    import bm25s

    words = stemmed(texts)
    if not any(words):
        return {label: best_first(np.zeros(0), 0) for label in types}
    index = bm25s.BM25(method="lucene", k1=K1, b=B)
    index.index(words, show_progress=False)
    rankings = {}
    for label, asked in zip(types, stemmed(list(types.values())), strict=True):
        known = [word for word in asked if word in index.vocab_dict]
        scores = index.get_scores(known) if known else np.zeros(len(words))
        rankings[label] = best_first(np.asarray(scores, dtype=np.float64), depth[label], above=0.0)
    return rankings
