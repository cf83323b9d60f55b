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


# How many rows are looked at for each document that is wanted, before all are: documents have a few mentions each.
ROWS_EACH = 4


@dataclass(frozen=True, eq=False)
class Nearest:
    """A leg's scores.

    `documents` int64 [n], rising, those that were scored; document i's rows have the cosines
    `cosines[firsts[i] : firsts[i + 1]]`, and `places` tells of each row which i it is of; `allowed` bool [n].
    """

    documents: Int64
    firsts: Int64
    places: NDArray[np.int32]
    cosines: Float32
    allowed: Mask

    def ranked(self, limit: int) -> RankedList:
        """The first `limit` documents by falling score, equal ones by number; a score of exactly 0 is none."""
        places, values = self._leading(limit)
        if len(values) > limit:
            border = np.partition(values, len(values) - limit)[len(values) - limit]
            above = np.flatnonzero(values > border)
            equal = np.flatnonzero(values == border)[: limit - len(above)]
            kept = np.sort(np.concatenate([above, equal]))
            places, values = places[kept], values[kept]
        scores = to_score(values)
        order = np.argsort(-scores, kind="stable")
        return RankedList(self.documents[places[order]], scores[order])

    def _leading(self, limit: int) -> tuple[NDArray[np.int32], Float32]:
        """Allowed documents, the first `limit` among them, by place: places int32 and largest cosines float32.

        A document whose nearest row is among the nearest of all rows needs no look at its other rows.
        """
        wanted = ROWS_EACH * limit
        while wanted < len(self.cosines):
            border = np.partition(self.cosines, len(self.cosines) - wanted)[len(self.cosines) - wanted]
            rows = np.flatnonzero(self.cosines >= border)
            places, values = self._passing(self.places[rows], self.cosines[rows])
            if len(places) >= limit:
                return places, values
            wanted *= ROWS_EACH
        return self._passing(self.places, self.cosines)

    def _passing(self, places: NDArray[np.int32], cosines: Float32) -> tuple[NDArray[np.int32], Float32]:
        """Rows to documents: each allowed one once, with the largest of its cosines; `places` does not fall."""
        if not len(places):
            return places, cosines
        starts = np.flatnonzero(np.append(True, places[1:] != places[:-1]))
        if len(starts) < len(places):
            places, cosines = places[starts], np.maximum.reduceat(cosines, starts)
        passing = self.allowed[places] & (cosines > -1.0)
        return places[passing], cosines[passing]

    def of(self, document: int) -> Float32:
        """The cosines of one document's rows, as the product gave them; none where it was not scored."""
        place = int(self.documents.searchsorted(document))
        if place == len(self.documents) or self.documents[place] != document:
            return np.zeros(0, np.float32)
        return self.cosines[self.firsts[place] : self.firsts[place + 1]]

    def of_documents(self, documents: Int64) -> Float64:
        """Scores of any documents, within the first or not; NaN where one was not scored."""
        largest = [self.of(document).max(initial=-np.inf) for document in documents.tolist()]
        best = np.array(largest, dtype=np.float32)
        return np.where(np.isfinite(best), to_score(best), np.nan)


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
        places = np.repeat(np.arange(len(chosen), dtype=np.int32), counts)
        return Nearest(chosen, firsts, places, cosines, np.ones(len(chosen), bool))
    return Nearest(owners, rows.firsts, rows.places, vectors @ question, passing)


def _gathered(vectors: Float32, shifts: Int64, counts: Int64, question: Float32) -> Float32:
    """Cosines of runs of rows laid one after another; a run's shift is its first row less its place in the result."""
    wanted = np.arange(counts.sum()) + np.repeat(shifts, counts)
    cosines = np.empty(len(wanted), np.float32)
    for start in range(0, len(wanted), BLOCK):
        cosines[start : start + BLOCK] = vectors[wanted[start : start + BLOCK]] @ question
    return cosines
