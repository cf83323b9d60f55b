"""Documents to the JSON that OpenSearch keeps, and back.

One object a document: id, title, text, fields, mentions_from, passages and mentions with their vectors. Given mentions
that met no token are kept as mentions without a vector.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

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
from hybrid.encoding.protocol import Dimensions
from hybrid.engines.accepting import Accepted
from hybrid.engines.protocol import Pending
from hybrid.errors import InvalidDocument

NO_VECTOR = "it met no token when it was indexed"
# What an answer leaves out, named by full paths: then no version makes the vectors of the documents that it looks at.
WITHOUT_VECTORS = {"excludes": ["mentions.vector", "passages.vector"]}


def to_source(accepted: Accepted) -> dict[str, Any]:
    """What is indexed for a document; vectors are float32 rows."""
    document, encoding = accepted.encoded.document, accepted.encoded.encoding
    source: dict[str, Any] = {"id": document.id, "text": document.text, "mentions_from": accepted.encoded.mentions_from}
    if document.title is not None:
        source["title"] = document.title
    if accepted.fields:
        source["fields"] = accepted.fields
    vectors = None if encoding.passage_vectors is None else _plain(encoding.passage_vectors)
    source["passages"] = [
        {"start": passage.start, "end": passage.end} | ({} if vectors is None else {"vector": vectors[row]})
        for row, passage in enumerate(encoding.passages)
    ]
    source["mentions"] = [
        _mention(document.text, mention) | {"vector": vector}
        for mention, vector in zip(encoding.mentions, _plain(encoding.mention_vectors), strict=True)
    ]
    if accepted.encoded.mentions_from == "given" and encoding.refused:
        bare = (Mention(refusal.start, refusal.end) for refusal in encoding.refused)
        source["mentions"] += [_mention(document.text, mention) for mention in bare]
        source["mentions"].sort(key=lambda entry: (entry["start"], entry["end"]))
    return source


def to_document(id: str, source: Mapping[str, Any], *, text: bool = True) -> Document:
    """A document with its mentions in the order of their places; mentions are None where they are pending."""
    mentions = None if _mentions_from(source) == "pending" else mentions_of(source)
    return Document(id, source.get("text", "") if text else "", source.get("title"), _fields(source), mentions)


def to_given(id: str, source: Mapping[str, Any]) -> Document:
    """The document as its user gave it: without the mentions that a detector found."""
    document = to_document(id, source)
    return document if _mentions_from(source) == "given" else replace(document, mentions=None)


def to_pending(hit: Mapping[str, Any]) -> Pending:
    """A document that is not encoded, with the mentions that it brought; what came past the library may be anything."""
    id, source = hit["_id"], hit["_source"]
    revision = (hit["_index"], hit["_seq_no"], hit["_primary_term"])
    if "_routing" in hit:
        reason = "it was written with a routing, and would be written beside itself; write it again without one"
        return Pending(id, InvalidDocument(reason, id=id), revision)
    given = {"id": id, "text": source.get("text"), "title": source.get("title"), "fields": _fields(source)}
    if mentions := source.get("mentions"):
        given["mentions"] = [_place(own) for own in (mentions if isinstance(mentions, list) else [mentions])]
    return Pending(id, given, revision)


def to_encoded(id: str, source: Mapping[str, Any], dimensions: Dimensions) -> EncodedDocument:
    """A document with its vectors, as it was written."""
    entries = list(source.get("mentions") or ())
    text = source.get("text", "")
    with_vectors = [entry for entry in entries if entry.get("vector") is not None]
    refused = tuple(
        Refusal(entry["start"], entry["end"], NO_VECTOR) for entry in entries if entry.get("vector") is None
    )
    passages = list(source.get("passages") or ())
    vectors = None
    if dimensions.passage is not None and all(entry.get("vector") is not None for entry in passages):
        vectors = _rows(passages, dimensions.passage)
    encoding = Encoding(
        tuple(Passage(entry["start"], entry["end"]) for entry in passages),
        vectors,
        tuple(_read_mention(text, entry) for entry in with_vectors),
        _rows(with_vectors, dimensions.mention),
        refused,
    )
    return EncodedDocument(to_document(id, source), encoding, _mentions_from(source))


def mentions_of(source: Mapping[str, Any]) -> tuple[Mention, ...]:
    """A document's mentions in the order of their vectors."""
    text = source.get("text", "")
    return tuple(_read_mention(text, entry) for entry in source.get("mentions") or ())


def _fields(source: Mapping[str, Any]) -> dict[str, Any]:
    """The fields; OpenSearch also takes a list of objects, and finds the values of all of them."""
    found = source.get("fields") or {}
    if not isinstance(found, list):
        return dict(found)
    values: dict[str, list[Any]] = {}
    for own in found:
        for name, value in (own or {}).items():
            values.setdefault(name, []).extend(value if isinstance(value, list) else [value])
    return {name: own[0] if len(own) == 1 else own for name, own in values.items()}


def _place(mention: Any) -> Any:
    """Where a mention is; what it may have besides is made anew."""
    return (
        {key: mention[key] for key in ("start", "end") if key in mention} if isinstance(mention, Mapping) else mention
    )


def _mention(text: str, mention: Mention) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "start": mention.start,
        "end": mention.end,
        "surface": text[mention.start : mention.end],
    }
    return entry if mention.score is None else entry | {"score": mention.score}


def _read_mention(text: str, entry: Mapping[str, Any]) -> Mention:
    start, end = entry["start"], entry["end"]
    return Mention(start, end, text[start:end], entry.get("score"))


def _mentions_from(source: Mapping[str, Any]) -> MentionsFrom:
    found = source.get("mentions_from")
    # What came past the library and its pipeline is not encoded.
    return found if found in ("given", "detected") else "pending"


def _plain(vectors: Float32) -> Float32:
    """Rows that JSON takes, whatever the layout an encoder gave them."""
    return np.ascontiguousarray(vectors, dtype=np.float32)


def _rows(entries: Iterable[Mapping[str, Any]], width: int) -> Float32:
    rows: Sequence[Any] = [entry["vector"] for entry in entries]
    return np.asarray(rows, dtype=np.float32).reshape(-1, width)
