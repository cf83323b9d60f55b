"""One line, row or text of a file, as `Retriever.index` takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hybrid.errors import InvalidFile, shorten
from hybrid.reading.values import Declaration, read_value


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """Which keys or columns are the document's id, text and title; every other one becomes a field.

    `id_field` None takes the key `id` where there is one; a name given here must be there. `types` says as what a
    text is read where it stands for a field of that name.
    """

    text_field: str = "text"
    id_field: str | None = None
    title_field: str = "title"
    types: Mapping[str, Declaration] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Located:
    """What stands at one place of a file: a mapping with a document's attributes, or why there is none.

    `line` counts from 1 (in Parquet: the row) and is None for what concerns the whole file.
    """

    file: str
    line: int | None
    item: Mapping[str, Any] | InvalidFile


def located(file: str, line: int | None, reason: str) -> Located:
    """A refusal at its place."""
    return Located(file, line, InvalidFile(reason, file=file, line=line))


def document_of(values: Mapping[str, Any], options: ReadingOptions) -> dict[str, Any]:
    """A document's attributes from the keys of one record; what they hold is checked when it is indexed.

    Raises:
        ValueError: no text, no id where one was named, `fields` that is no object, a field that is there twice, a text
            that is not of the declared type; the message is a sentence for the user.
    """
    rest = dict(values)
    document = {"id": _id(rest, options), "text": _required("text", options.text_field, rest)}
    document["title"] = rest.pop(options.title_field, None)
    inner, mentions = rest.pop("fields", None), rest.pop("mentions", None)
    if inner is not None and not isinstance(inner, Mapping):
        raise ValueError(f"'fields' is {_kind(inner)}; expected an object")
    twice = sorted(set(rest) & set(inner or ()))
    if twice:
        raise ValueError(f"the field {shorten(twice[0])} stands both inside and beside 'fields'")
    document["fields"] = {name: _typed(name, value, options) for name, value in (rest | dict(inner or {})).items()}
    if mentions is not None:
        document["mentions"] = mentions
    return document


def _id(rest: dict[str, Any], options: ReadingOptions) -> Any:
    id = rest.pop("id", None) if options.id_field is None else _required("id", options.id_field, rest)
    return str(id) if isinstance(id, int) and not isinstance(id, bool) else id


def _required(what: str, name: str, rest: dict[str, Any]) -> Any:
    if name not in rest:
        raise ValueError(f"there is no {what}: {shorten(name)} is missing{_among(rest)}")
    value = rest.pop(name)
    if value is None:
        raise ValueError(f"there is no {what}: {shorten(name)} is null")
    return value


def _among(rest: Mapping[str, Any]) -> str:
    names = [shorten(name, 40) for name in list(rest)[:8]]
    return f" among {', '.join(names)}{', …' if len(rest) > len(names) else ''}" if names else ""


def _typed(name: str, value: Any, options: ReadingOptions) -> Any:
    declaration = options.types.get(name)
    if declaration == "float" and type(value) is int:
        return float(value)
    if declaration is None or not isinstance(value, str):
        return value
    try:
        return read_value(value, declaration)
    except ValueError as error:
        raise ValueError(f"field {shorten(name)}: {error}") from None


def _kind(value: object) -> str:
    names = {"list": "a list", "str": "a text", "int": "a number", "float": "a number", "bool": "true or false"}
    return names.get(type(value).__name__, type(value).__name__)
