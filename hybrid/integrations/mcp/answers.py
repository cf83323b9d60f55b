"""What the tools answer: the shapes of the command line's `--json`, and no more of them than a model reads at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

# Characters of the hits of one answer; assistants cut or refuse what is much longer.
ROOM = 50_000

_TEXT, _NUMBER, _WHOLE, _OBJECT = ({"type": kind} for kind in ("string", "number", "integer", "object"))


def _object(required: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required.split()}


def _list(items: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"type": "array", "items": items, "description": description}


_MENTION = _object(
    "start end cosine",
    start=_WHOLE,
    end=_WHOLE,
    surface={**_TEXT, "description": "The entity as the text has it, from character start to before end."},
    cosine={**_NUMBER, "description": "Nearness to the kind that was asked for, -1 to 1."},
    probability={**_NUMBER, "description": "How probable it is that the entity is of the kind, 0 to 1."},
)
_HIT = _object(
    "rank id score legs",
    rank=_WHOLE,
    id=_TEXT,
    score=_NUMBER,
    title=_TEXT,
    text=_TEXT,
    fields=_OBJECT,
    snippet=_object("start text", start=_WHOLE, text=_TEXT),
    mentions=_list(_MENTION, "The entities that fit the kind best, the best first."),
    legs={**_OBJECT, "description": "The score of each way to rank."},
)
FOUND = _object(
    "hits how warnings",
    hits=_list(_HIT, "The best first; none where nothing was found."),
    how={**_TEXT, "description": "How they were ranked."},
    warnings=_list(_TEXT, "What to know about this answer."),
)
PLANNED = _object(
    "version query how legs fusion k offset mentions reason",
    how={**_TEXT, "description": "How find would rank."},
    legs=_list(_OBJECT, "What each leg is asked."),
    reason={**_TEXT, "description": "Why."},
)
COUNTED = _object("documents", documents=_WHOLE)


def fitted(hits: Sequence[Mapping[str, Any]], offset: int, room: int = ROOM) -> tuple[list[dict[str, Any]], list[str]]:
    """The hits that have room, and sentences on what has none.

    As many hits as there is room for, the first in any case; then their texts, each whole or not at all.
    """
    kept: list[dict[str, Any]] = []
    for hit in hits:
        shape = _without(hit, "text")
        if not kept and _size(shape) > room:
            shape = _without(shape, "fields", "title", "mentions")
        elif _size(shape) > room:
            break
        kept.append(shape)
        room -= _size(shape)
    left_out = 0
    for at, hit in enumerate(hits[: len(kept)]):
        fits = len(hit.get("text", "")) <= room
        if "text" in hit and fits:
            kept[at] = {name: value for name, value in hit.items() if name == "text" or name in kept[at]}
            room -= len(hit["text"])
        left_out += not fits
    return kept, list(_told(len(kept), len(hits), left_out, offset))


def _told(kept: int, found: int, left_out: int, offset: int) -> list[str]:
    told = []
    if kept < found:
        told.append(f"there was room for {kept} of {found} hits; ask for the rest with offset={offset + kept}")
    if left_out:
        told.append(f"there was no room for the texts of {left_out} hits; their snippets are here, ask for fewer hits")
    return told


def _without(hit: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in hit.items() if name not in names}


def _size(shape: Mapping[str, Any]) -> int:
    return len(json.dumps(shape, ensure_ascii=False))
