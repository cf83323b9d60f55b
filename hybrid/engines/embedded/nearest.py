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
        values = np.where(self.allowed, self.best, np.float32(-1.0))
        border = np.partition(values, len(values) - limit)[len(values) - limit] if len(values) > limit else -1.0
        above = np.flatnonzero(values > max(border, -1.0))
        if border > -1.0:
            equal = np.flatnonzero(values == border)[: limit - len(above)]
            above = np.sort(np.concatenate([above, equal]))
        scores = to_score(values[above])
        order = np.argsort(-scores, kind="stable")
        return RankedList(self.documents[above[order]], scores[order])

    def of(self, document: int) -> Float32:
        """The cosines of one document's rows, as the product gave them; none where it was not scored."""
        place = int(self.documents.searchsorted(document))
        if place == len(self.documents) or self.documents[place] != document:
            return np.zeros(0, np.float32)
        return self.cosines[self.firsts[place] : self.firsts[place + 1]]

    def of_documents(self, documents: Int64) -> Float64:
        """Scores of any documents, within the first or not; NaN where one was not scored."""
        if not len(self.documents):
            return np.full(len(documents), np.nan)
        places = np.minimum(self.documents.searchsorted(documents), len(self.documents) - 1)
        return np.where(self.documents[places] == documents, to_score(self.best[places]), np.nan)


def to_score(cosines: Float32) -> Float64:
    """(1 + cos) / 2 in 0..1; rounding may have put a cosine just outside of -1..1."""
    scores: Float64 = (1.0 + np.clip(cosines, -1.0, 1.0).astype(np.float64)) / 2.0
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
    chosen = owners[passing]
    counts = rows.counts[chosen]
    if counts.sum() < rows.count * GATHERED_SHARE:
        firsts = np.concatenate([[0], np.cumsum(counts)])
        cosines = _gathered(vectors, rows.starts[chosen] - firsts[:-1], counts, question)
        return Nearest(chosen, firsts, cosines, _largest(cosines, firsts), np.ones(len(chosen), bool))
    cosines = vectors @ question
    return Nearest(owners, rows.firsts, cosines, _largest(cosines, rows.firsts), passing)


def _gathered(vectors: Float32, shifts: Int64, counts: Int64, question: Float32) -> Float32:
    """Cosines of runs of rows laid one after another; a run's shift is its first row less its place in the result."""
    wanted = np.arange(counts.sum()) + np.repeat(shifts, counts)
    cosines = np.empty(len(wanted), np.float32)
    for start in range(0, len(wanted), BLOCK):
        cosines[start : start + BLOCK] = vectors[wanted[start : start + BLOCK]] @ question
    return cosines


def _largest(cosines: Float32, firsts: Int64) -> Float32:
    if len(firsts) - 1 == len(cosines):  # one row each, or no row at all
        return cosines
    return np.maximum.reduceat(cosines, firsts[:-1])
