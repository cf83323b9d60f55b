"""Whether a document fits an index: its id, its fields' types, their number, its vectors' widths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hybrid.documents import EncodedDocument, Value
from hybrid.engines.protocol import IndexMeta
from hybrid.errors import InvalidDocument, shorten
from hybrid.planning.filters import is_list
from hybrid.planning.values import MAX_FIELDS, FieldType, Kept, Stored, field_type_of, stored

MAX_ID_BYTES = 512


@dataclass(frozen=True, slots=True)
class Accepted:
    """A document that will be written, and its fields in their kept form; absent ones are left out."""

    encoded: EncodedDocument
    fields: Mapping[str, Kept]


def accept(encoded: EncodedDocument, meta: IndexMeta, types: dict[str, FieldType]) -> Accepted:
    """Check one document; fields that it brings for the first time are added to `types`.

    Raises:
        InvalidDocument: names the document, the field, and the declaration that would allow the value.
    """
    document = encoded.document
    _check_texts(encoded)
    _check_vectors(encoded, meta)
    fields: dict[str, Kept] = {}
    new: dict[str, FieldType] = {}
    for name, value in document.fields.items():
        values = _values(document.id, name, value)
        if values:
            kind = types.get(name) or ("float" if _types(values) == {"int", "float"} else field_type_of(values[0]))
            kept = [_kept(document.id, name, item, kind) for item in values]
            fields[name] = kept if is_list(value) else kept[0]
            if name not in types:
                new[name] = kind
    if new and len(types) + len(new) > MAX_FIELDS:
        raise InvalidDocument(
            f"the index would have {len(types) + len(new):,} fields; at most {MAX_FIELDS:,} are kept",
            id=document.id,
            field=next(iter(new)),
        )
    types |= new
    return Accepted(encoded, fields)


def values_of(fields: Mapping[str, Kept]) -> list[tuple[str, Stored]]:
    """Each value with its field, lists taken apart."""
    return [(name, item) for name, value in fields.items() for item in (value if isinstance(value, list) else (value,))]


def _values(id: str, name: str, value: Value) -> list[Stored]:
    items = list(value) if is_list(value) else [value]  # type: ignore[arg-type]
    try:
        return [stored(item) for item in items if item is not None]
    except ValueError as error:
        raise InvalidDocument(str(error), id=id, field=name) from None


def _types(values: list[Stored]) -> set[FieldType]:
    return {field_type_of(value) for value in values}


def _kept(id: str, name: str, value: Stored, kind: FieldType) -> Stored:
    found = field_type_of(value)
    if found == kind:
        return value
    if kind == "float" and found == "int":
        return float(value)
    wider = "float" if {found, kind} == {"int", "float"} else found
    raise InvalidDocument(
        f"the value {shorten(value)} is {found}, the field keeps {kind} since its first value; "
        f"create(fields={{{shorten(name)}: {wider}}}) would allow it",
        id=id,
        field=name,
    )


def _check_texts(encoded: EncodedDocument) -> None:
    document = encoded.document
    for what, text in (("id", document.id), ("text", document.text), ("title", document.title or "")):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidDocument(
                f"offset {error.start} holds a lone surrogate, which UTF-8 cannot hold", id=document.id, field=what
            ) from None
    size = len(document.id.encode())
    if not 1 <= size <= MAX_ID_BYTES:
        raise InvalidDocument(
            f"the id has {size} bytes in UTF-8; expected 1 to {MAX_ID_BYTES}", id=document.id, field="id"
        )


def _check_vectors(encoded: EncodedDocument, meta: IndexMeta) -> None:
    encoding, id, length = encoded.encoding, encoded.document.id, len(encoded.document.text)
    expected = (len(encoding.mentions), meta.dimensions.mention)
    if encoding.mention_vectors.shape != expected:
        raise InvalidDocument(
            f"mention vectors have shape {encoding.mention_vectors.shape}; expected {expected}", id=id
        )
    vectors = encoding.passage_vectors
    if vectors is not None and vectors.shape != (len(encoding.passages), meta.dimensions.passage):
        wanted = (len(encoding.passages), meta.dimensions.passage)
        raise InvalidDocument(f"passage vectors have shape {vectors.shape}; expected {wanted}", id=id)
    spans = [(mention.start, mention.end) for mention in encoding.mentions]
    spans += [(passage.start, passage.end) for passage in encoding.passages]
    for start, end in spans:
        if not 0 <= start < end <= length:
            raise InvalidDocument(f"the span [{start}, {end}) is not within 0 and {length}", id=id)
