"""Records and scores to hits: matches, snippets, explanations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hybrid.documents import Hit, Leg, LegScore, Match, Snippet
from hybrid.engines.embedded.legs import Run
from hybrid.engines.embedded.records import Record, mention_at, to_document
from hybrid.fusion import Fused
from hybrid.planning.plan import BoundPlan

SNIPPET = 300
# How far a snippet's border may move to reach the border of a word.
REACH = 30


@dataclass(frozen=True, eq=False)
class Answer:
    """What the legs and the fusion said; `fused` is None for a single leg."""

    bound: BoundPlan
    runs: Sequence[Run]
    fused: Fused | None


def to_hit(answer: Answer, seq: int, score: float, record: Record) -> Hit:
    """One hit."""
    matches = best_matches(answer, seq, record)
    around = (matches[0].start, matches[0].end) if matches else None
    return Hit(
        record.id,
        score,
        to_document(record, text=answer.bound.text),
        matches,
        snippet(record.text, around),
        leg_scores(answer, seq, score),
    )


def best_matches(answer: Answer, seq: int, record: Record) -> tuple[Match, ...]:
    """The document's best mentions by falling cosine, equal ones by place; none without a typed leg."""
    typed = next((run.scores for run in answer.runs if run.planned.leg == "typed"), None)
    wanted = answer.bound.plan.mentions
    if typed is None or not wanted:
        return ()
    cosines = typed.of(seq)
    order = np.argsort(-cosines, kind="stable")[:wanted]
    spans = record.spans()
    return tuple(Match(mention_at(record.text, spans[place]), float(cosines[place])) for place in order)


def snippet(text: str, around: tuple[int, int] | None) -> Snippet:
    """At most 300 code points with the span in their middle, else the text's start, cut between words if possible."""
    if len(text) <= SNIPPET:
        return Snippet(0, text)
    first, last = around if around is not None else (0, 0)
    last = min(last, first + SNIPPET)
    start = max(0, min(first - (SNIPPET - (last - first)) // 2, len(text) - SNIPPET))
    stop = start + SNIPPET
    if start and not text[start - 1].isspace():
        start = next((place + 1 for place in range(start, min(start + REACH, first)) if text[place].isspace()), start)
    if stop < len(text) and not text[stop].isspace():
        stop = next((place for place in range(stop - 1, max(stop - REACH, last), -1) if text[place].isspace()), stop)
    return Snippet(start, text[start:stop])


def leg_scores(answer: Answer, seq: int, score: float) -> Mapping[Leg, LegScore]:
    """Each leg's raw score; with `explain` also how it entered the fusion. A leg without a score is left out."""
    scores: dict[Leg, LegScore] = {}
    row = None if answer.fused is None else int(np.searchsorted(answer.fused.documents, seq))
    for column, run in enumerate(answer.runs):
        raw = run.score(seq)
        if raw is None:
            continue
        if not answer.bound.explain:
            scores[run.planned.leg] = LegScore(raw)
        elif answer.fused is None or row is None:
            scores[run.planned.leg] = LegScore(raw, run.rank(seq), None, run.planned.weight, score)
        else:
            value = _number(answer.fused.values[row, column])
            part = _number(answer.fused.contributions[row, column])
            scores[run.planned.leg] = LegScore(raw, run.rank(seq), value, run.planned.weight, part)
    return scores


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
