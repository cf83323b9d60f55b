"""Checked documents to encoded ones."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hybrid.documents import Document, EncodedDocument, Encoding, MentionsFrom, Refusal
from hybrid.encoding.protocol import Encoder
from hybrid.errors import EncoderError, InvalidDocument
from hybrid.indexing.report import RefusedDocument

MAX_NUMBERS = 7_000_000

Positioned = tuple[int, Document]


def encode_documents(
    documents: Sequence[Positioned], encoder: Encoder
) -> tuple[list[tuple[int, EncodedDocument]], list[RefusedDocument], list[RefusedDocument]]:
    """Encode documents in one call; one that the encoder refuses is left out and the rest encoded again.

    Returns:
        The encoded documents with their positions, the refused documents, and the single mentions that got no vector.

    Raises:
        EncoderError: one that concerns no single text.
    """
    accepted, refused = list(documents), []
    encodings: list[Encoding] = []
    while accepted:
        try:
            encodings = _encode([document for _, document in accepted], encoder)
            break
        except EncoderError as error:
            if error.position is None:
                raise
            position, document = accepted.pop(error.position)
            refused.append(_refused(position, document, error.reason))
    encoded, dropped = [], []
    for (position, document), encoding in zip(accepted, encodings, strict=True):
        try:
            fitting = _within_limits(document, encoding)
        except InvalidDocument as error:
            refused.append(RefusedDocument(position, document.id, str(error)))
            continue
        dropped += [_dropped(position, document, refusal) for refusal in fitting.refused]
        encoded.append((position, EncodedDocument(document, fitting, mentions_from(document))))
    return encoded, refused, dropped


def mentions_from(document: Document) -> MentionsFrom:
    """Whether a document brings its mentions or leaves them to the detector."""
    return "detected" if document.mentions is None else "given"


def _encode(documents: Sequence[Document], encoder: Encoder) -> list[Encoding]:
    spans = [
        None if document.mentions is None else [(mention.start, mention.end) for mention in document.mentions]
        for document in documents
    ]
    return encoder.encode([document.text for document in documents], spans)


def _within_limits(document: Document, encoding: Encoding) -> Encoding:
    """Detected mentions beyond the limit go, those of the lowest score first; given ones refuse the document."""
    vectors = encoding.passage_vectors
    numbers = encoding.mention_vectors.size + (0 if vectors is None else vectors.size)
    if numbers <= MAX_NUMBERS:
        return encoding
    width = encoding.mention_vectors.shape[1]
    room = (MAX_NUMBERS - (numbers - encoding.mention_vectors.size)) // width
    if document.mentions is not None or room < 0:
        raise InvalidDocument(
            f"{len(encoding.mentions):,} mentions and {len(encoding.passages):,} passages make {numbers:,} numbers; "
            f"expected at most {MAX_NUMBERS:,}",
            id=document.id,
            field="mentions",
        )
    best = heapq.nlargest(room, range(len(encoding.mentions)), key=lambda i: (encoding.mentions[i].score or 0.0, -i))
    kept = np.array(sorted(best), dtype=np.int64)
    gone = sorted(set(range(len(encoding.mentions))) - set(best))
    reason = "dropped as one of the least certain: the document's vectors are over the limit"
    return replace(
        encoding,
        mentions=tuple(encoding.mentions[i] for i in kept),
        mention_vectors=np.ascontiguousarray(encoding.mention_vectors[kept]),
        refused=encoding.refused
        + tuple(Refusal(encoding.mentions[i].start, encoding.mentions[i].end, reason) for i in gone),
    )


def _refused(position: int, document: Document, reason: str) -> RefusedDocument:
    return RefusedDocument(position, document.id, str(InvalidDocument(reason, id=document.id, field="text")))


def _dropped(position: int, document: Document, refusal: Refusal) -> RefusedDocument:
    reason = f"mention [{refusal.start}, {refusal.end}): {refusal.reason}"
    return RefusedDocument(position, document.id, str(InvalidDocument(reason, id=document.id, field="mentions")))
