"""`--where`: short expressions, read as their field's type, or a JSON object, to one `where`.

year>=1970    lang=en    lang!=en    tag in a,b    tag not in "a,b",c    year exists    year exists false
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from hybrid.errors import InvalidFilter, shorten
from hybrid.planning.filters import no_such_field
from hybrid.planning.values import FieldType
from hybrid.reading.jsonl import parse_object
from hybrid.reading.values import read_value

_OPERATOR = re.compile(r"\s*(<=|>=|!=|=|<|>|(?:\s|^)not\s+in(?=\s|$)|(?:\s|^)in(?=\s|$)|(?:\s|^)exists(?=\s|$))\s*")

_MISTAKEN = {"==": "=", "=>": ">=", "=<": "<=", "<>": "!="}


def parse_wheres(expressions: Sequence[str], types: Mapping[str, FieldType]) -> dict[str, Any] | None:
    """One `where` that holds where all expressions hold; None for none.

    Raises:
        InvalidFilter: an expression without a known operator, an unknown field (with the nearest known one), or a value
            that is not of the field's type.
    """
    parts = [_parse(expression.strip(), types) for expression in expressions]
    return _all_of(parts) if parts else None


def _parse(expression: str, types: Mapping[str, FieldType]) -> dict[str, Any]:
    if expression.startswith("{"):
        try:
            return parse_object(expression)
        except ValueError as error:
            raise InvalidFilter(str(error)) from None
    name, operator, rest = _split(expression, types)
    if name not in types:
        raise no_such_field(name, types)
    if operator == "exists":
        return {name: {"exists": _value(name, rest or "true", "bool")}}
    if operator in ("in", "not in"):
        cells = next(csv.reader([rest], skipinitialspace=True), [])
        return {name: {operator: [_value(name, cell.strip(), types[name]) for cell in cells]}}
    if rest[:1] in ("=", "<", ">", "!"):
        found = operator + rest[0]
        hint = f"; did you mean {_MISTAKEN[found]!r}?" if found in _MISTAKEN else ""
        raise InvalidFilter(f"{found!r} is no operator{hint}", field=name)
    return {name: {operator: _value(name, _unquoted(rest), types[name])}}


def _split(expression: str, types: Mapping[str, FieldType]) -> tuple[str, str, str]:
    """Field, operator and the rest; a known field's name may hold an operator, so the longest is tried first."""
    for name in sorted(types, key=len, reverse=True):
        found = _OPERATOR.match(expression, len(name)) if expression.startswith(name) else None
        if found:
            return name, " ".join(found[1].split()), expression[found.end() :]
    found = _OPERATOR.search(expression)
    if not found or not found.start():
        raise InvalidFilter(
            f"{shorten(expression)} is no condition; expected one such as 'year>=1970', 'lang=en' or 'tag in a,b'"
        )
    return expression[: found.start()].strip(), " ".join(found[1].split()), expression[found.end() :]


def _value(name: str, text: str, kind: FieldType) -> Any:
    try:
        return read_value(text, kind)
    except ValueError as error:
        raise InvalidFilter(str(error), field=name) from None


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text


def _all_of(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Conditions on one field side by side where their operators differ; else not (not a or not b)."""
    merged: dict[str, Any] = {}
    for part in parts:
        for key, condition in part.items():
            mine = merged.setdefault(key, condition)
            if mine is condition:
                continue
            if key.startswith("$") or not _mergeable(mine, condition):
                return {"$not": {"$or": [{"$not": part} for part in parts]}}
            merged[key] = {**mine, **condition}
    return merged


def _mergeable(one: Any, other: Any) -> bool:
    return isinstance(one, Mapping) and isinstance(other, Mapping) and not set(one) & set(other)
