"""Records and scores to hits: matches and explanations."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hybrid.documents import Float32, Hit, Leg, LegScore, Match, Mention
from hybrid.engines.embedded.legs import Run
from hybrid.engines.embedded.records import Record, to_document
from hybrid.engines.snippets import snippet
from hybrid.fusion import Fused
from hybrid.planning.plan import BoundPlan


@dataclass(frozen=True, eq=False)
class Answer:
    """What the legs and the fusion said; `fused` is None for a single leg.

    `cosines`: of each document's mentions with the type, where they are not those of the typed leg.
    """

    bound: BoundPlan
    runs: Sequence[Run]
    fused: Fused | None
    cosines: Mapping[int, Float32] | None = None

    def cosines_of(self, document: int) -> Float32 | None:
        """Of its mentions with the type; None where the plan has no typed leg, whose hits have no matches."""
        if self.cosines is not None:
            return self.cosines[document]
        return next((run.scores.of(document) for run in self.runs if run.planned.leg == "typed" and run.scores), None)


def to_hits(answer: Answer, shown: Sequence[tuple[int, float]], records: Mapping[int, Record]) -> tuple[Hit, ...]:
    """The hits of a page, in its order."""
    legs = leg_scores(answer, shown)
    return tuple(
        _hit(answer.bound, score, records[seq], answer.cosines_of(seq), part)
        for (seq, score), part in zip(shown, legs, strict=True)
    )


def _hit(bound: BoundPlan, score: float, record: Record, cosines: Float32 | None, legs: Mapping[Leg, LegScore]) -> Hit:
    mentions = record.vector_mentions()
    matches = () if cosines is None else best_matches(mentions, cosines.tolist(), bound.plan.mentions)
    around = (matches[0].start, matches[0].end) if matches else None
    document = to_document(record, mentions, text=bound.text)
    return Hit(record.id, score, document, matches, snippet(record.text, around), legs)


def best_matches(mentions: Sequence[Mention], cosines: Sequence[float], wanted: int) -> tuple[Match, ...]:
    """The best mentions by falling cosine, equal ones by place; cosines that rounding put outside of -1..1 are cut."""
    best = heapq.nsmallest(wanted, range(len(cosines)), key=lambda place: -cosines[place])
    return tuple(Match(mentions[place], min(1.0, max(-1.0, cosines[place]))) for place in best)


def leg_scores(answer: Answer, shown: Sequence[tuple[int, float]]) -> list[dict[Leg, LegScore]]:
    """Each hit's raw scores, a leg without one left out; with `explain` also how they entered the fusion."""
    documents = np.array([document for document, _ in shown], dtype=np.int64)
    scores = [run.scores_of(documents) for run in answer.runs]
    if not answer.bound.explain:
        legs = [run.planned.leg for run in answer.runs]
        rows = (zip(legs, row, strict=True) for row in zip(*scores, strict=True))
        return [{leg: LegScore(raw) for leg, raw in row if raw is not None} for row in rows]
    explained: list[dict[Leg, LegScore]] = [{} for _ in shown]
    for column, run in enumerate(answer.runs):
        ranks = run.ranks_of(documents)
        for row, raw in enumerate(scores[column]):
            if raw is not None:
                score = LegScore(raw, ranks[row], *_parts(answer, column, shown[row]))
                explained[row][run.planned.leg] = score
    return explained


def _parts(answer: Answer, column: int, shown: tuple[int, float]) -> tuple[float | None, float, float | None]:
    """Normalised value, weight and contribution; a single leg's score is the hit's."""
    (document, score), weight = shown, answer.runs[column].planned.weight
    if answer.fused is None:
        return None, weight, score
    cell = (int(answer.fused.documents.searchsorted(document)), column)
    return _number(answer.fused.values[cell]), weight, _number(answer.fused.contributions[cell])


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
