"""Documents and hits as JSON values; absent values are left out. Command line and HTTP write the same shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from hybrid.documents import Document, Hit, LegScore, Match, Mention


def hit_to_json(hit: Hit, rank: int) -> dict[str, Any]:
    """A hit; `rank` counts from 1 over all pages. The text is left out where the hit carries none."""
    document = hit.document
    shape = {
        "rank": rank,
        "id": hit.id,
        "score": float(hit.score),
        "title": document.title,
        "text": document.text or None,
        "fields": dict(document.fields),
        "snippet": hit.snippet and {"start": hit.snippet.start, "text": hit.snippet.text},
        "mentions": [_match(match) for match in hit.mentions],
        "legs": {leg: _leg(score) for leg, score in hit.legs.items()},
    }
    return _present(shape)


def document_to_json(document: Document) -> dict[str, Any]:
    """A document with its mentions; indexing it again gives the same document."""
    mentions = None if document.mentions is None else [_mention(mention) for mention in document.mentions]
    shape = {
        "id": document.id,
        "title": document.title,
        "text": document.text,
        "fields": dict(document.fields),
        "mentions": mentions,
    }
    return _present(shape)


def _match(match: Match) -> dict[str, Any]:
    score = {"cosine": float(match.cosine), "probability": _number(match.probability)}
    return _present({"start": match.start, "end": match.end, "surface": match.surface} | score)


def _mention(mention: Mention) -> dict[str, Any]:
    place = {"start": mention.start, "end": mention.end, "surface": mention.surface}
    return _present(place | {"score": _number(mention.score)})


def _leg(score: LegScore) -> dict[str, Any]:
    names = (entry.name for entry in fields(score))
    return _present({name: _number(getattr(score, name), whole=name == "rank") for name in names})


def _number(value: float | None, *, whole: bool = False) -> float | int | None:
    return None if value is None else int(value) if whole else float(value)


def _present(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if value is not None}
