"""A planned leg to a ranked list that can be asked further."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hybrid.documents import Float32, Leg
from hybrid.engines.embedded.catalog import Int64, Mask
from hybrid.engines.embedded.nearest import Nearest, nearest
from hybrid.engines.embedded.snapshot import Snapshot
from hybrid.errors import InvalidQuery
from hybrid.fusion import RankedList
from hybrid.planning.plan import BoundPlan, PlannedLeg


@dataclass(frozen=True, eq=False)
class Run:
    """A leg that was run: what it hands over, and for a vector leg all its scores."""

    planned: PlannedLeg
    ranked: RankedList
    scores: Nearest | None

    def scores_of(self, documents: Int64) -> list[float | None]:
        """Each document's raw score, where one was computed."""
        if self.scores is not None:
            scores = self.scores.of_documents(documents).tolist()
            return [None if score != score else score for score in scores]  # NaN is unequal to itself
        return [None if rank is None else float(self.ranked.scores[rank - 1]) for rank in self.ranks_of(documents)]

    def ranks_of(self, documents: Int64) -> list[int | None]:
        """Each document's place in the list from 1, where it is there."""
        listed = self.ranked.documents
        if not len(listed):
            return [None] * len(documents)
        order = np.argsort(listed)
        places = order[np.minimum(listed.searchsorted(documents, sorter=order), len(listed) - 1)]
        found = (listed[places] == documents).tolist()
        return [place + 1 if there else None for place, there in zip(places.tolist(), found, strict=True)]


def run_leg(snapshot: Snapshot, planned: PlannedLeg, bound: BoundPlan, needed: int | None) -> Run:
    """Run a leg to its depth, or where only the first `needed` matter to those and all that tie with the last.

    Raises:
        InvalidQuery: no vector for a vector leg, or one of another width than the index's.
    """
    allowed = snapshot.allowed(bound.filter)
    scores = None
    if planned.leg == "lexical":
        among = allowed & snapshot.catalog.with_words if bound.filter is not None else None

        def first(limit: int) -> RankedList:
            return snapshot.lexical.ranked(planned.words, limit, among, snapshot.catalog)
    else:
        scores = _nearest(snapshot, planned.leg, bound, allowed)
        first = scores.ranked
    return Run(planned, _head(first, needed, planned.depth), scores)


def _nearest(snapshot: Snapshot, leg: Leg, bound: BoundPlan, allowed: Mask) -> Nearest:
    typed = leg == "typed"
    vectors = snapshot.mention_vectors if typed else snapshot.passage_vectors
    rows = snapshot.catalog.mention_rows if typed else snapshot.catalog.passage_rows
    if not typed and snapshot.meta.dimensions.passage is None:
        raise InvalidQuery("the index has no passage vectors, so there is no dense leg; use typed or lexical")
    return nearest(vectors, rows, _question(bound, leg, vectors.shape[1]), allowed)


def _question(bound: BoundPlan, leg: Leg, width: int) -> Float32:
    if leg not in bound.vectors:
        raise InvalidQuery(f"the {leg} leg has no vector of the question")
    vector = np.ascontiguousarray(bound.vectors[leg], dtype=np.float32)
    if vector.shape != (width,):
        raise InvalidQuery(f"the question's vector for the {leg} leg has shape {vector.shape}; expected ({width},)")
    return vector


def _head(first: Callable[[int], RankedList], needed: int | None, depth: int) -> RankedList:
    """A list long enough that the order of its first `needed` no longer changes when it grows.

    Equal scores are put in the order of ids afterwards: a group of them must not be cut where it crosses a page.
    """
    if needed is None or needed >= depth:
        return first(depth)
    limit = min(needed + 1, depth)
    while True:
        found = first(limit)
        complete = len(found.scores) < limit or limit == depth
        if complete or found.scores[-1] < found.scores[needed - 1]:
            return found
        limit = min(4 * limit, depth)
