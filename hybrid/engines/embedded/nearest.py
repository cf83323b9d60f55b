"""The vector legs: exact cosine of every vector, the nearest one of each document counts.

score = (1 + cos) / 2, OpenSearch's `cosinesimil`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import Float32
from hybrid.engines.embedded.catalog import Int64, Mask, Rows
from hybrid.fusion import RankedList

Float64 = NDArray[np.float64]

# Below this share of allowed rows, copying them together is cheaper than scoring all.
GATHERED_SHARE = 1 / 8
# Rows copied at a time while gathering: 32 MiB at 256 dimensions.
BLOCK = 32_768


@dataclass(frozen=True, eq=False)
class Nearest:
    """A leg's scores.

    `documents` int64 [n], rising, those that were scored; document i's rows have the cosines
    `cosines[firsts[i] : firsts[i + 1]]`; `best` float32 [n] is the largest of them; `allowed` bool [n].
    """

    documents: Int64
    firsts: Int64
    cosines: Float32
    best: Float32
    allowed: Mask

    def ranked(self, limit: int) -> RankedList:
        """The first `limit` documents by falling score, equal ones by number; a score of exactly 0 is none."""
        candidates = np.flatnonzero(self.allowed & (self.best > -1.0))
        if len(candidates) > limit:
            values = self.best[candidates]
            border = np.partition(values, len(values) - limit)[len(values) - limit]
            above = candidates[values > border]
            equal = candidates[values == border][: limit - len(above)]
            candidates = np.concatenate([above, equal])
        scores = to_score(self.best[candidates])
        order = np.lexsort((self.documents[candidates], -scores))
        return RankedList(self.documents[candidates[order]], scores[order])

    def of(self, document: int) -> Float32:
        """The cosines of one document's rows; none where it was not scored."""
        place = int(np.searchsorted(self.documents, document))
        if place == len(self.documents) or self.documents[place] != document:
            return np.zeros(0, np.float32)
        return self.cosines[self.firsts[place] : self.firsts[place + 1]]

    def score(self, document: int) -> float | None:
        """The document's score, whether or not it is among the first."""
        cosines = self.of(document)
        return float(to_score(cosines.max())) if len(cosines) else None


def to_score(cosines: Float32) -> Float64:
    """(1 + cos) / 2 in 0..1."""
    scores: Float64 = (1.0 + np.asarray(cosines, dtype=np.float64)) / 2.0
    return scores


def nearest(vectors: Float32, rows: Rows, question: Float32, allowed: Mask) -> Nearest:
    """Score the allowed documents.

    Args:
        vectors: unit rows, float32 [rows, d].
        rows: where each document's rows are.
        question: unit float32 [d].
        allowed: bool [documents].
    """
    owners = rows.owners
    passing = allowed[owners]
    counts = np.diff(rows.starts)
    chosen = owners[passing]
    total = int(counts[chosen].sum()) if len(chosen) < len(owners) else rows.count
    if total < rows.count * GATHERED_SHARE:
        cosines = _gathered(vectors, rows.starts[chosen], counts[chosen], question)
        firsts = np.concatenate([[0], np.cumsum(counts[chosen])])
        return Nearest(chosen, firsts, cosines, _largest(cosines, firsts), np.ones(len(chosen), bool))
    cosines = np.clip(vectors @ question, -1.0, 1.0)
    firsts = np.append(rows.firsts, rows.count)
    return Nearest(owners, firsts, cosines, _largest(cosines, firsts), passing)


def _gathered(vectors: Float32, firsts: Int64, counts: Int64, question: Float32) -> Float32:
    """Cosines of runs of rows, laid one after another."""
    shift = np.repeat(firsts - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) if len(counts) else firsts
    wanted = np.arange(len(shift)) + shift
    cosines = np.empty(len(wanted), np.float32)
    for start in range(0, len(wanted), BLOCK):
        cosines[start : start + BLOCK] = vectors[wanted[start : start + BLOCK]] @ question
    return np.clip(cosines, -1.0, 1.0, out=cosines)


def _largest(cosines: Float32, firsts: Int64) -> Float32:
    if len(firsts) - 1 == len(cosines):
        return cosines
    return np.maximum.reduceat(cosines, firsts[:-1])
