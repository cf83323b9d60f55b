"""Anything a user may hand in as a document, to a `Document` that both engines can keep, or a clear refusal.

The limits are the contract's section "Limits", the same on both engines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hybrid.documents import Document, Mention, Value
from hybrid.engines.accepting import MAX_ID_BYTES
from hybrid.errors import InvalidDocument, shorten
from hybrid.planning.filters import is_list
from hybrid.planning.values import MAX_FIELDS, field_type_of, stored

MAX_TEXT_BYTES = 1_000_000
MAX_FIELD_NAME = 100
KEYS = ("id", "text", "title", "fields", "mentions")


def as_document(item: Document | Mapping[str, Any] | str) -> Document:
    """A checked document from a `Document`, a mapping with its attributes, or a bare text.

    A bare text, or a mapping without an id, gets the hash of its content as id: the same content is the same document.

    Raises:
        InvalidDocument: names the document, the field and what was expected.
    """
    if isinstance(item, str):
        item = Document(content_id(item), item)
    elif isinstance(item, Mapping):
        item = _from_mapping(item)
    elif not isinstance(item, Document):
        raise InvalidDocument(f"{type(item).__name__} was found; expected a Document, a mapping or a text")
    return checked(item)


def checked(document: Document) -> Document:
    """The document with surfaces filled in and fields in their kept form.

    Raises:
        InvalidDocument: names the document, the field and what was expected.
    """
    _check_id(document.id)
    _check_text(document)
    return replace(document, fields=_checked_fields(document.id, document.fields), mentions=_checked_mentions(document))


def content_id(text: object, title: object = None) -> str:
    """The id of a document that brings none: 32 hexadecimal digits of the SHA-256 of title and text."""
    content = f"{title}\n{text}" if title is not None else str(text)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _from_mapping(item: Mapping[str, Any]) -> Document:
    unknown = [key for key in item if key not in KEYS]
    id = item.get("id")
    if unknown:
        raise InvalidDocument(
            f"unknown key {shorten(unknown[0])}; expected {', '.join(KEYS)}, and other values under 'fields'",
            id=id if isinstance(id, str) else None,
        )
    if "text" not in item:
        raise InvalidDocument("there is no text", id=id if isinstance(id, str) else None, field="text")
    mentions = item.get("mentions")
    return Document(
        id=content_id(item["text"], item.get("title")) if id is None else id,
        text=item["text"],
        title=item.get("title"),
        fields=item.get("fields") or {},
        mentions=None if mentions is None else _mentions_from(mentions, id if isinstance(id, str) else None),
    )


def _mentions_from(entries: object, id: str | None) -> tuple[Mention, ...]:
    if not is_list(entries) or not isinstance(entries, Sequence):
        raise InvalidDocument(f"{type(entries).__name__} was found; expected a list", id=id, field="mentions")
    return tuple(_mention_from(entry, id, place) for place, entry in enumerate(entries))


def _mention_from(entry: object, id: str | None, place: int) -> Mention:
    if isinstance(entry, Mention):
        return entry
    if isinstance(entry, Mapping) and {"start", "end"} <= set(entry) <= {"start", "end", "surface", "score"}:
        return Mention(**{str(key): value for key, value in entry.items()})
    raise InvalidDocument(
        f"mention {place} is {shorten(entry)}; expected an object with start and end", id=id, field="mentions"
    )


def _check_id(id: object) -> None:
    if not isinstance(id, str):
        raise InvalidDocument(f"the id {shorten(id)} is {type(id).__name__}; expected a string", field="id")
    if not id:
        raise InvalidDocument(f"the id is empty; expected 1 to {MAX_ID_BYTES} bytes", field="id")
    size = _size(id, id, "id")
    if size > MAX_ID_BYTES:
        raise InvalidDocument(f"the id has {size} bytes in UTF-8; expected at most {MAX_ID_BYTES}", id=id, field="id")


def _check_text(document: Document) -> None:
    id, text, title = document.id, document.text, document.title
    if not isinstance(text, str):
        raise InvalidDocument(f"the text is {type(text).__name__}; expected a string", id=id, field="text")
    if title is not None and not isinstance(title, str):
        raise InvalidDocument(f"the title is {type(title).__name__}; expected a string", id=id, field="title")
    if not text.strip():
        raise InvalidDocument("the text is empty or white space", id=id, field="text")
    size = _size(text, id, "text") + (_size(title, id, "title") if title else 0)
    if size > MAX_TEXT_BYTES:
        raise InvalidDocument(
            f"text and title have {size:,} bytes in UTF-8; expected at most {MAX_TEXT_BYTES:,}", id=id, field="text"
        )


def _size(text: str, id: str | None, field: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidDocument(
            f"offset {error.start} holds a lone surrogate, which UTF-8 cannot hold", id=id, field=field
        ) from None


def _checked_fields(id: str, fields: object) -> dict[str, Value]:
    if not isinstance(fields, Mapping):
        raise InvalidDocument(f"{type(fields).__name__} was found; expected a mapping", id=id, field="fields")
    if len(fields) > MAX_FIELDS:
        raise InvalidDocument(f"{len(fields):,} fields; expected at most {MAX_FIELDS:,}", id=id, field="fields")
    kept: dict[str, Value] = {}
    for name, value in fields.items():
        check_field_name(name, id)
        plain = _checked_value(id, name, value)
        if plain is not None:
            # An enumeration's own str() would give the member's name and not its value.
            kept[str.__str__(name)] = plain
    return kept


def check_field_name(name: object, id: str | None = None) -> None:
    """Refuse names that OpenSearch would refuse or read as a path.

    Raises:
        InvalidDocument: no string, not 1 to 100 characters, a dot, or a first `_` or `$`.
    """
    if not isinstance(name, str):
        raise InvalidDocument(f"the name {shorten(name)} of a field is no string", id=id, field="fields")
    if not 1 <= len(name) <= MAX_FIELD_NAME or not name.strip():
        raise InvalidDocument(
            f"the name of a field has {len(name)} characters; expected 1 to {MAX_FIELD_NAME}, not all blank",
            id=id,
            field=name,
        )
    if "." in name or name[0] in "_$":
        raise InvalidDocument("the name of a field has no dot and starts with neither '_' nor '$'", id=id, field=name)
    _size(name, id, name)


def _checked_value(id: str, name: str, value: object) -> Value:
    """A value in its kept form; None, and a list with nothing in it, are absent."""
    try:
        if not is_list(value):
            return None if value is None else stored(value)
        values = [stored(item) for item in value if item is not None]  # type: ignore[attr-defined]
    except ValueError as error:
        raise InvalidDocument(str(error), id=id, field=name) from None
    types = {field_type_of(item) for item in values}
    if types == {"int", "float"}:
        return [float(item) for item in values]
    if len(types) > 1:
        raise InvalidDocument(f"a list of {' and '.join(sorted(types))}; expected one type", id=id, field=name)
    return values or None


def _checked_mentions(document: Document) -> tuple[Mention, ...] | None:
    if document.mentions is None:
        return None
    mentions = _mentions_from(document.mentions, document.id)
    return tuple(_checked_mention(document, mention, place) for place, mention in enumerate(mentions))


def _checked_mention(document: Document, mention: Mention, place: int) -> Mention:
    text, start, end = document.text, mention.start, mention.end
    numbers = all(isinstance(number, int) and not isinstance(number, bool) for number in (start, end))
    if not numbers or not 0 <= start < end <= len(text):
        raise InvalidDocument(
            f"mention {place} spans [{shorten(start)}, {shorten(end)}); "
            f"expected 0 <= start < end <= {len(text)}, the text's length in code points",
            id=document.id,
            field="mentions",
        )
    surface = text[start:end]
    if mention.surface is not None and mention.surface != surface:
        raise InvalidDocument(
            f"mention {place} names another surface than the text has at [{start}, {end}); offsets are code points",
            id=document.id,
            field="mentions",
        )
    return Mention(start, end, surface, None)
