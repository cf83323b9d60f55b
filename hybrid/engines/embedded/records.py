"""Documents to the columns of the store and back.

Spans lie in a column as packed records, little-endian, so that a document with thousands of mentions is one value.
Surfaces are not kept: they are the text between the offsets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

from hybrid.documents import (
    Document,
    EncodedDocument,
    Encoding,
    Float32,
    Mention,
    MentionsFrom,
    Passage,
    Refusal,
    Value,
)
from hybrid.planning.values import Stored

Kept: TypeAlias = Stored | list[Stored]

SPAN = np.dtype([("start", "<i4"), ("end", "<i4"), ("score", "<f8")])
COLUMNS = "seq, id, title, text, fields, mentions_from, mentions, passages, refused"


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the store; `seq` is the document's number, counted from 0 and never used again."""

    seq: int
    id: str
    title: str | None
    text: str
    fields: Mapping[str, Kept]
    mentions_from: MentionsFrom
    mentions: bytes
    passages: bytes
    refused: tuple[Refusal, ...]

    def spans(self) -> NDArray[np.void]:
        """The mentions with a vector, in the order of their rows: structured array of start, end, score."""
        return np.frombuffer(self.mentions, dtype=SPAN)


def to_row(seq: int, encoded: EncodedDocument, fields: Mapping[str, Kept]) -> tuple[Any, ...]:
    """The values of `COLUMNS` for one document."""
    document, encoding = encoded.document, encoded.encoding
    refused = [[refusal.start, refusal.end, refusal.reason] for refusal in encoding.refused]
    mentions = pack_spans([(mention.start, mention.end, mention.score) for mention in encoding.mentions])
    passages = pack_spans([(passage.start, passage.end, None) for passage in encoding.passages])
    return (
        seq,
        document.id,
        document.title,
        document.text,
        orjson.dumps(fields).decode() if fields else None,
        encoded.mentions_from,
        mentions,
        passages,
        orjson.dumps(refused).decode() if refused else None,
    )


def from_row(row: Sequence[Any]) -> Record:
    """A row of `COLUMNS`."""
    seq, id, title, text, fields, mentions_from, mentions, passages, refused = row
    refusals = tuple(Refusal(*entry) for entry in orjson.loads(refused)) if refused else ()
    kept = orjson.loads(fields) if fields else {}
    return Record(seq, id, title, text, kept, mentions_from, mentions, passages, refusals)


def pack_spans(spans: Sequence[tuple[int, int, float | None]]) -> bytes:
    """Spans to bytes; a score of None becomes NaN."""
    rows = [(start, end, math.nan if score is None else score) for start, end, score in spans]
    return np.array(rows, dtype=SPAN).tobytes()


def mention_at(text: str, span: np.void) -> Mention:
    """A mention with its surface."""
    start, end, score = span.item()
    return Mention(start, end, text[start:end], None if math.isnan(score) else score)


def vector_mentions(record: Record) -> tuple[Mention, ...]:
    """The mentions that have a vector, in the order of their rows."""
    return tuple(mention_at(record.text, span) for span in record.spans())


def to_document(record: Record, *, text: bool = True) -> Document:
    """The document with its mentions: of given ones also those that met no token; None where they are pending."""
    fields: dict[str, Value] = dict(record.fields)
    mentions: tuple[Mention, ...] | None = None
    if record.mentions_from != "pending":
        mentions = vector_mentions(record)
        if record.mentions_from == "given" and record.refused:
            bare = [Mention(gone.start, gone.end, record.text[gone.start : gone.end]) for gone in record.refused]
            mentions = tuple(sorted((*mentions, *bare), key=lambda mention: (mention.start, mention.end)))
    return Document(record.id, record.text if text else "", record.title, fields, mentions)


def to_encoded(record: Record, mention_vectors: Float32, passage_vectors: Float32 | None) -> EncodedDocument:
    """The document as it was written, with its vectors."""
    spans = np.frombuffer(record.passages, dtype=SPAN).tolist()
    passages = tuple(Passage(start, end) for start, end, _ in spans)
    encoding = Encoding(passages, passage_vectors, vector_mentions(record), mention_vectors, record.refused)
    return EncodedDocument(to_document(record), encoding, record.mentions_from)
