"""Documents to the columns of the store and back.

Spans lie in a column as packed records, little-endian, so that a document with thousands of mentions is one value.
Surfaces are not kept: they are the text between the offsets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import orjson

from hybrid.documents import (
    Document,
    EncodedDocument,
    Encoding,
    Float32,
    Mention,
    MentionsFrom,
    Passage,
    Refusal,
)
from hybrid.planning.values import Kept

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

    def vector_mentions(self) -> tuple[Mention, ...]:
        """The mentions that have a vector, in the order of their rows, with their surfaces."""
        text = self.text
        return tuple(
            Mention(start, end, text[start:end], None if score != score else score)  # NaN is unequal to itself
            for start, end, score in unpack_spans(self.mentions)
        )


def to_row(seq: int, encoded: EncodedDocument, fields: Mapping[str, Kept]) -> tuple[Any, ...]:
    """The values of `COLUMNS` for one document."""
    document, encoding = encoded.document, encoded.encoding
    # Of detected mentions those without a vector are of no further use; given ones are their giver's.
    kept = encoding.refused if encoded.mentions_from == "given" else ()
    refused = [[refusal.start, refusal.end, refusal.reason] for refusal in kept]
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


def unpack_spans(packed: bytes) -> list[tuple[int, int, float]]:
    """Bytes to spans; NaN for no score."""
    spans: list[tuple[int, int, float]] = np.frombuffer(packed, dtype=SPAN).tolist()
    return spans


def to_document(record: Record, mentions: tuple[Mention, ...], *, text: bool = True) -> Document:
    """The document with its mentions: of given ones also those that met no token; None where they are pending.

    `mentions` are the record's `vector_mentions`.
    """
    all_of_them: tuple[Mention, ...] | None = mentions
    if record.mentions_from == "pending":
        all_of_them = None
    elif record.mentions_from == "given" and record.refused:
        bare = [Mention(gone.start, gone.end, record.text[gone.start : gone.end]) for gone in record.refused]
        all_of_them = tuple(sorted((*mentions, *bare), key=lambda mention: (mention.start, mention.end)))
    return Document(record.id, record.text if text else "", record.title, dict(record.fields), all_of_them)


def to_given(record: Record) -> Document:
    """The document as its user gave it: without the mentions that a detector found."""
    document = to_document(record, record.vector_mentions())
    return document if record.mentions_from == "given" else replace(document, mentions=None)


def to_encoded(record: Record, mention_vectors: Float32, passage_vectors: Float32 | None) -> EncodedDocument:
    """The document as it was written, with its vectors."""
    passages = tuple(Passage(start, end) for start, end, _ in unpack_spans(record.passages))
    mentions = record.vector_mentions()
    encoding = Encoding(passages, passage_vectors, mentions, mention_vectors, record.refused)
    return EncodedDocument(to_document(record, mentions), encoding, record.mentions_from)
