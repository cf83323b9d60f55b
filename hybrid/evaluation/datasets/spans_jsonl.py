"""JSON lines with tokens and spans of tokens, one text a line, as taggers and their data sets keep them.

    {"tokens": ["Tim", "sails"], "spans": [[0, 1, "person"]]}
    {"tokens": ["Tim", "sails"], "entities": [{"start": 0, "end": 1, "type": "person"}]}
    {"tokenized_text": ["Tim", "sails"], "ner": [[0, 0, "person"]]}      with inclusive ends, as GLiNER

The text is the tokens joined by one space.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybrid.errors import InvalidFile, shorten
from hybrid.evaluation.datasets.records import Record, distinct
from hybrid.evaluation.lines import json_lines
from hybrid.evaluation.sentences import TokenSpan, sentence_of

TOKENS = ("tokens", "tokenized_text", "words", "document_token_sequence")
SPANS = ("spans", "ner", "entities", "mentions")
LABELS = ("label", "type")


@dataclass(frozen=True, slots=True)
class SpanKeys:
    """Under which keys tokens, spans and the text's id stand, and whether a span's end is its last token.

    None: the first of the usual keys that a line has. A span is a list `[start, end, label]` or an object with `start`,
    `end` and `label` or `type`; a label may be a list of labels.
    """

    tokens: str | None = None
    spans: str | None = None
    id: str | None = None
    inclusive: bool = False


def read_spans(path: Path, keys: SpanKeys | None = None) -> Iterator[Record]:
    """The texts of a file in its order; `.gz` and `.bz2` are unpacked.

    Raises:
        InvalidFile: the file cannot be read, a line is no JSON object or lacks a key, an id stands twice, or a span
            lies outside its tokens; named with its line.
    """
    keys = keys or SpanKeys()
    entries = json_lines(path)
    with_ids = distinct(entries, keys.id, path) if keys.id else ((number, None, shape) for number, shape in entries)
    for number, id, shape in with_ids:
        try:
            tokens = _tokens(_value(shape, keys.tokens, TOKENS, "tokens"))
            spans = _value(shape, keys.spans, SPANS, "spans")
            if not isinstance(spans, list):
                raise ValueError("has spans that are no list")
            found = [one for span in spans for one in _spans(span, len(tokens), keys.inclusive)]
            sentence = sentence_of(tokens, found)
        except ValueError as error:
            raise InvalidFile(str(error), file=path.name, line=number) from None
        yield Record(sentence, id)


def _value(shape: Mapping[str, Any], key: str | None, usual: Sequence[str], what: str) -> Any:
    for name in (key,) if key else usual:
        if name in shape:
            return shape[name]
    expected = shorten(key) if key else f"one of {', '.join(usual)}"
    raise ValueError(f"has no {what}; expected the key {expected}")


def _tokens(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(token, str) for token in value):
        raise ValueError("has tokens that are no list of texts")
    return value


def _spans(span: object, count: int, inclusive: bool) -> list[TokenSpan]:
    if isinstance(span, dict):
        label = next((span[name] for name in LABELS if name in span), None)
        span = [span.get("start"), span.get("end"), label]
    if not isinstance(span, list) or len(span) != 3:
        raise ValueError(f"has the span {shorten(span)}; expected [start, end, label]")
    start, end = _checked(span[0], span[1], count, inclusive)
    labels = span[2] if isinstance(span[2], list) else [span[2]]
    if not labels or not all(isinstance(label, str) and label for label in labels):
        raise ValueError(f"has the span {shorten(span)}; expected a label that is a text")
    return [(start, end, label) for label in labels]


def _checked(start: object, end: object, count: int, inclusive: bool) -> tuple[int, int]:
    match start, end:
        case int(), int() if 0 <= start < (past := end + inclusive) <= count:
            return start, past
    raise ValueError(f"has a span from {shorten(start)} to {shorten(end)}; expected one within its {count} tokens")
