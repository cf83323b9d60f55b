"""What a server answered, to hits. Pure: what is missing in the first answer is named, and read from the second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybrid.documents import Hit, Leg, LegScore, Match
from hybrid.engines.opensearch.sources import mentions_of, to_document
from hybrid.engines.snippets import snippet
from hybrid.errors import ServerError
from hybrid.planning.plan import BoundPlan

Json = Mapping[str, Any]

LEGS: tuple[Leg, ...] = ("lexical", "typed", "dense")


@dataclass(frozen=True, slots=True)
class Row:
    """A hit as the server ranked it; `index` answered, `legs` are raw scores, `inner` the inner hits of mentions."""

    id: str
    score: float
    index: str
    source: Json
    legs: Mapping[Leg, float]
    inner: Sequence[Json]


def read_rows(body: object) -> list[Row]:
    """The rows of a search's answer, equal scores in the order of ids.

    Raises:
        ServerError: the answer is not whole.
    """
    return sorted(map(_row, hits_of(body)), key=lambda row: (-row.score, row.id))


def hits_of(body: object) -> Sequence[Json]:
    """The hits in an answer.

    Raises:
        ServerError: there are none to read, or a part of the index did not answer.
    """
    try:
        failed = body["_shards"]["failed"] or body["timed_out"]  # type: ignore[index]
        found: Sequence[Json] = body["hits"]["hits"]  # type: ignore[index]
    except (KeyError, TypeError, IndexError):
        raise ServerError("the server's answer to a search has no hits to read; is there a proxy before it?") from None
    if failed:
        raise ServerError("a part of the index did not answer")
    return found


def read_inner(body: object) -> dict[str, Sequence[Json]]:
    """Inner hits of mentions by document, from an answer to `matches_bodies`."""
    return {entry["_id"]: _inner(entry) for entry in hits_of(body)}


def read_ranks(body: object) -> list[tuple[str, float]]:
    """Ids and scores in the server's order; a score of exactly 0 is none."""
    return [(entry["_id"], float(entry["_score"])) for entry in hits_of(body) if entry["_score"] > 0.0]


def lacking(rows: Sequence[Row], bound: BoundPlan) -> list[str]:
    """Documents whose matches the answer does not carry: no inner hits, or the typed leg did not reach them."""
    if not bound.plan.mentions or all(leg.leg != "typed" for leg in bound.plan.legs):
        return []
    return [row.id for row in rows if not row.inner and row.source.get("mentions")]


def to_hit(row: Row, inner: Sequence[Json], bound: BoundPlan, legs: Mapping[Leg, LegScore]) -> Hit:
    """A hit; `inner` are its inner hits of mentions, best first."""
    mentions = {(mention.start, mention.end): mention for mention in mentions_of(row.source)}
    # Those of a second answer may be of a document that took this one's place meanwhile.
    matches = tuple(
        Match(mention, _cosine(entry["_score"])) for entry in inner if (mention := mentions.get(_place(entry)))
    )
    around = (matches[0].start, matches[0].end) if matches else None
    document = to_document(row.id, row.source, text=bound.text)
    return Hit(row.id, row.score, document, matches, snippet(row.source.get("text", ""), around), legs)


def _row(entry: Json) -> Row:
    named = entry.get("matched_queries") or {}
    legs: dict[Leg, float] = {leg: float(named[leg]) for leg in LEGS if leg in named}
    return Row(entry["_id"], float(entry["_score"]), entry["_index"], entry.get("_source") or {}, legs, _inner(entry))


def _inner(entry: Json) -> Sequence[Json]:
    found: Sequence[Json] = entry.get("inner_hits", {}).get("typed", {}).get("hits", {}).get("hits", ())
    return found


def _place(entry: Json) -> tuple[int, int]:
    source = entry["_source"]
    return source["start"], source["end"]


def _cosine(score: float) -> float:
    """From (1 + cos) / 2, which the server rounds to float32."""
    return min(1.0, max(-1.0, 2.0 * float(score) - 1.0))
