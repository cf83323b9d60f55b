"""NERetrieve's JSON lines, of supervised tagging and of retrieval.

Katz et al., NERetrieve: Dataset for Next Generation Named Entity Recognition and Retrieval, Findings of EMNLP 2023.

    {"id": "…", "document_token_sequence": ["…"], "tagged_entities": {"TYPE": {"entity": {"phrase": [[2, 3]]}}}}
    {"id": "…", "content": "…"}                              the corpus of the retrieval set, its tags in other files

A place is the numbers of a phrase's first and last token, or of one token alone; without a token sequence, tokens are
what single spaces part. A text answers the types that it is tagged with, also where a phrase has no place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybrid.errors import InvalidFile, shorten
from hybrid.evaluation.datasets.records import Record, Source, distinct
from hybrid.evaluation.lines import json_lines
from hybrid.evaluation.sentences import TokenSpan, sentence_of


@dataclass(frozen=True, slots=True)
class _Tags:
    """What the files say of a text: types with a place, or with None, which says that the text answers the type.

    `path` and `number` are the first line that says something.
    """

    path: Path
    number: int
    places: list[tuple[str, object]]


def read_neretrieve(paths: Sequence[Path]) -> Source:
    """The texts of all files in their order, each with the tags that any of the files gives it.

    Places outside their text are left out, and told in the notes.

    Raises:
        InvalidFile: a line is none of the two shapes, or tags are for a text that no file holds.
    """
    texts: dict[str, list[str]] = {}
    tags: dict[str, _Tags] = {}
    for path in paths:
        for number, id, shape in distinct(json_lines(path), "id", path):
            if (tokens := _tokens(shape, path, number)) is not None:
                texts[id] = tokens
            elif "tagged_entities" not in shape:
                reason = "has neither content, document_token_sequence nor tagged_entities"
                raise InvalidFile(reason, file=path.name, line=number)
            if "tagged_entities" in shape:
                own = tags.setdefault(id, _Tags(path, number, []))
                own.places.extend(_tagged(shape["tagged_entities"], path, number))
    for id, own in tags.items():
        if id not in texts:
            reason = f"tags the text {shorten(id)}, which no file holds"
            raise InvalidFile(reason, file=own.path.name, line=own.number)
    return _source(texts, tags)


def _source(texts: Mapping[str, list[str]], tags: Mapping[str, _Tags]) -> Source:
    records: list[Record] = []
    wrong = 0
    for id, tokens in texts.items():
        places = tags[id].places if id in tags else []
        given = [(label, place) for label, place in places if place is not None]
        spans = [span for label, place in given if (span := _span(label, place, tokens)) is not None]
        wrong += len(given) - len(spans)
        records.append(Record(sentence_of(tokens, spans), id, frozenset(label for label, _ in places)))
    notes = (f"{wrong:,} places of mentions that lie outside their texts were left out",) if wrong else ()
    return Source(tuple(records), judged=True, notes=notes)


def _tokens(shape: Mapping[str, Any], path: Path, number: int) -> list[str] | None:
    tokens, content = shape.get("document_token_sequence"), shape.get("content")
    if isinstance(tokens, list) and all(isinstance(token, str) for token in tokens):
        return tokens
    if tokens is None and isinstance(content, str):
        return content.split(" ")
    if tokens is None and content is None:
        return None
    raise InvalidFile("has a text that is none; expected content or a list of tokens", file=path.name, line=number)


def _tagged(tagged: object, path: Path, number: int) -> Iterator[tuple[str, object]]:
    """Each type with its places, and with None, so that a type without a place is there, too."""
    try:
        for label, entities in tagged.items():  # type: ignore[attr-defined]
            yield label, None
            for phrases in entities.values():
                for places in phrases.values():
                    yield from ((label, place) for place in places if place)
    except (AttributeError, TypeError):
        reason = "has tagged_entities of another shape; expected type, entity, phrase and lists of tokens"
        raise InvalidFile(reason, file=path.name, line=number) from None


def _span(label: str, place: object, tokens: Sequence[str]) -> TokenSpan | None:
    """The span of a place, None where the text has no such tokens or they show nothing."""
    if not isinstance(place, list) or not all(isinstance(token, int) for token in place):
        return None
    first, last = min(place), max(place)
    if first < 0 or last >= len(tokens) or not "".join(tokens[first : last + 1]).strip():
        return None
    return first, last + 1, label
