"""How much of an answer there is room for."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from hybrid import Retriever
from hybrid.integrations.mcp.answers import FOUND, PLANNED, ROOM, fitted
from hybrid.planning.serialization import plan_to_json
from hybrid.serialization import hit_to_json


def hit(rank: int, text: str | None = None, **others: Any) -> dict[str, Any]:
    own = {} if text is None else {"text": text}
    return {"rank": rank, "id": str(rank), "score": 1.0, **own, "fields": {}, "mentions": [], "legs": {}, **others}


def test_what_has_room_stays_as_it_is() -> None:
    hits = [hit(1, "🦕"), hit(2)]
    assert fitted(hits, 0) == (hits, [])
    assert fitted([], 0) == ([], [])


def test_texts_get_the_room_that_hits_leave_whole_or_not_at_all() -> None:
    hits = [hit(1, "a" * 400), hit(2, "b" * 900), hit(3, "c" * 400)]
    kept, told = fitted(hits, 0, room=1_300)
    assert [len(own.get("text", "")) for own in kept] == [400, 0, 400]
    assert told == ["there was no room for the texts of 1 hits; their snippets are here, ask for fewer hits"]
    assert list(kept[0]) == list(hits[0])


def test_hits_without_room_are_told_with_where_to_go_on() -> None:
    hits = [hit(rank, fields={"note": "x" * 300}) for rank in range(21, 31)]
    kept, told = fitted(hits, 20, room=1_300)
    assert [own["rank"] for own in kept] == [21, 22, 23]
    assert told == ["there was room for 3 of 10 hits; ask for the rest with offset=23"]


@pytest.mark.parametrize("part", ["fields", "title", "mentions", "text"])
def test_a_first_hit_too_large_by_itself_comes_without_what_is_large(part: str) -> None:
    large = {"x": "y" * 2 * ROOM} if part == "fields" else ["y" * 2 * ROOM] if part == "mentions" else "y" * 2 * ROOM
    kept, _ = fitted([hit(1, **{part: large}), hit(2)], 0)
    assert [own["rank"] for own in kept] == [1, 2]
    assert len(json.dumps(kept)) < ROOM


def test_the_schemas_say_what_is_answered(index: Retriever) -> None:
    hits = index.find("tyre maker", explain=True)
    shapes = [hit_to_json(own, rank) for rank, own in enumerate(hits, start=1)]
    jsonschema.validate({"hits": shapes, "how": "typed", "warnings": ["x"]}, FOUND)
    jsonschema.validate(plan_to_json(hits.plan), PLANNED)
