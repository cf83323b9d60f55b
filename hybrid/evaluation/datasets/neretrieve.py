"""NERetrieve's JSON lines, of supervised tagging and of retrieval.

Katz et al., NERetrieve: Dataset for Next Generation Named Entity Recognition and Retrieval, Findings of EMNLP 2023.

    {"id": "…", "document_token_sequence": ["…"], "tagged_entities": {"TYPE": {"entity": {"phrase": [[2, 3]]}}}}
    {"id": "…", "content": "…"}                              the corpus of the retrieval set, its tags in other files

A place is the first and the last token of a phrase, or one token alone; without a token sequence, tokens are what
single spaces part. A text answers the types that it is tagged with, also where a phrase has no place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybrid.errors import InvalidFile, shorten
from hybrid.evaluation.datasets.records import Record, Source, distinct
from hybrid.evaluation.datasets.spans_jsonl import checked_span
from hybrid.evaluation.lines import json_lines
from hybrid.evaluation.sentences import LabelledSpan, Sentence, TokenSpan, sentence_of


@dataclass(frozen=True, slots=True)
class _Tags:
    """What one line says of a text: types with a place, or with None, which says that the text answers the type."""

    path: Path
    number: int
    places: tuple[tuple[str, object], ...]


def read_neretrieve(paths: Sequence[Path]) -> Source:
    """The texts of all files in their order, each with the tags that any of the files gives it.

    Raises:
        InvalidFile: a line is none of the two shapes, a place lies outside its text, or tags are for a text that no
            file holds.
    """
    texts: dict[str, list[str]] = {}
    tags: dict[str, list[_Tags]] = {}
    for path in paths:
        for number, id, shape in distinct(json_lines(path), "id", path):
            if (tokens := _tokens(shape, path, number)) is not None:
                texts[id] = tokens
            elif "tagged_entities" not in shape:
                reason = "has neither content, document_token_sequence nor tagged_entities"
                raise InvalidFile(reason, file=path.name, line=number)
            if "tagged_entities" in shape:
                places = tuple(_tagged(shape["tagged_entities"], path, number))
                tags.setdefault(id, []).append(_Tags(path, number, places))
    for id, (first, *_) in tags.items():
        if id not in texts:
            reason = f"tags the text {shorten(id)}, which no file holds"
            raise InvalidFile(reason, file=first.path.name, line=first.number)
    return Source(tuple(_record(id, tokens, tags.get(id, ())) for id, tokens in texts.items()), judged=True)


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


def _record(id: str, tokens: list[str], tags: Sequence[_Tags]) -> Record:
    spans: set[LabelledSpan] = set()
    for own in tags:
        try:
            places = [_span(label, place, len(tokens)) for label, place in own.places if place is not None]
            spans.update(sentence_of(tokens, places).spans)
        except ValueError as error:
            raise InvalidFile(str(error), file=own.path.name, line=own.number) from None
    answers = frozenset(label for own in tags for label, _ in own.places)
    return Record(Sentence(" ".join(tokens), tuple(sorted(spans))), id, answers)


def _span(label: str, place: object, count: int) -> TokenSpan:
    if not isinstance(place, list):
        raise ValueError(f"has the place {shorten(place)}; expected a list of tokens")
    start, end = checked_span(place[0], place[-1], count, inclusive=True)
    return start, end, label
