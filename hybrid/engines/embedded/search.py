"""A bound plan to hits, on one snapshot."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from hybrid.documents import Float32, Hits
from hybrid.engines.embedded.hits import Answer, to_hits
from hybrid.engines.embedded.legs import Run, run_leg
from hybrid.engines.embedded.page import page
from hybrid.engines.embedded.snapshot import Snapshot
from hybrid.engines.warnings import found_nothing, waiting
from hybrid.fusion import fuse
from hybrid.planning.plan import BoundPlan


def search(snapshot: Snapshot, bound: BoundPlan) -> Hits:
    """Run a plan.

    Raises:
        InvalidQuery: a leg that the index cannot run.
    """
    started = time.perf_counter()
    plan = bound.plan
    needed = plan.offset + plan.k if plan.fusion is None else None
    runs = [run_leg(snapshot, leg, bound, needed) for leg in plan.legs]
    ranked, fused = runs[0].ranked, None
    documents, scores = ranked.documents, ranked.scores
    if plan.fusion is not None:
        fused = fuse([run.ranked for run in runs], plan.fusion, [run.planned.weight for run in runs])
        documents, scores = fused.documents, fused.scores
    shown = page(documents, scores, plan.offset, plan.k, snapshot.ids)
    records = snapshot.records(document for document, _ in shown)
    hits = to_hits(Answer(bound, runs, fused, _matching(snapshot, bound, shown)), shown, records)
    return Hits(hits, plan, (time.perf_counter() - started) * 1_000, warnings(snapshot, runs))


def _matching(snapshot: Snapshot, bound: BoundPlan, shown: Sequence[tuple[int, float]]) -> Mapping[int, Float32] | None:
    """Cosines with the type itself, where the typed leg was asked with another vector."""
    if bound.type is None or not bound.plan.mentions:
        return None
    return {document: snapshot.cosines(document, bound.type) for document, _ in shown}


def warnings(snapshot: Snapshot, runs: list[Run]) -> tuple[str, ...]:
    """What the user should know about this answer."""
    found = [found_nothing(run.planned) for run in runs if not len(run.ranked.documents)]
    return (*found, *waiting(snapshot.catalog.pending))
