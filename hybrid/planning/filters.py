"""`where`: read, checked against the fields of an index, and turned into a small tree that engines compile.

    {"year": {">=": 1970}, "lang": ["de", "en"], "$or": [{"a": 1}, {"$not": {"b": True}}]}

Semantics (the contract's section "Filters"): on a list-valued field each comparison holds when one of the values
satisfies it; `!=` and `not in` are negations of `=` and `in`, so an absent field matches them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hybrid.errors import InvalidFilter, shorten
from hybrid.planning.values import FieldType, Stored, field_type_of, stored

Operator = Literal["=", "<", "<=", ">", ">="]
MAX_NESTING = 20
OPERATORS = ("=", "!=", "in", "not in", "<", "<=", ">", ">=", "exists")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One of the field's values stands in this relation to `value`."""

    field: str
    operator: Operator
    value: Stored


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of the field's values is among `values`; none for an empty tuple."""

    field: str
    values: tuple[Stored, ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """The field has a value."""

    field: str


@dataclass(frozen=True, slots=True)
class And:
    """All hold; an empty one holds always."""

    children: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one holds."""

    children: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The child does not hold."""

    child: Filter


Filter: TypeAlias = Comparison | AnyOf | Exists | And | Or | Not


def parse_where(where: Mapping[str, Any] | None, types: Mapping[str, FieldType]) -> Filter | None:
    """Read a `where` against the fields of an index; None for no filter.

    Raises:
        InvalidFilter: an unknown field or operator (with the nearest known one), a value of another type than the
            field's, None, an empty `$or`, or more than 20 levels of `$or` and `$not`.
    """
    if where is None or (isinstance(where, Mapping) and not where):
        return None
    return _all_of(where, types, MAX_NESTING)


def _all_of(where: object, types: Mapping[str, FieldType], levels: int) -> Filter:
    if levels < 0:
        raise InvalidFilter(f"$or and $not are nested more than {MAX_NESTING} deep")
    if not isinstance(where, Mapping):
        raise InvalidFilter(f"{shorten(where)} was found; expected an object of fields and conditions")
    return _join([_entry(key, condition, types, levels) for key, condition in where.items()])


def _entry(key: object, condition: object, types: Mapping[str, FieldType], levels: int) -> Filter:
    if key == "$or":
        if not isinstance(condition, Sequence) or isinstance(condition, str) or not condition:
            raise InvalidFilter("$or needs a list of at least one object")
        return Or(tuple(_all_of(part, types, levels - 1) for part in condition))
    if key == "$not":
        return Not(_all_of(condition, types, levels - 1))
    if not isinstance(key, str) or key.startswith("$"):
        raise InvalidFilter(f"{shorten(key)} is no operator between conditions{did_you_mean(key, ('$or', '$not'))}")
    if key not in types:
        raise no_such_field(key, types)
    return _condition(key, condition, types[key])


def _condition(name: str, condition: object, kind: FieldType) -> Filter:
    if isinstance(condition, Mapping):
        if not condition:
            raise InvalidFilter(f"the condition is empty; expected one of {', '.join(OPERATORS)}", field=name)
        return _join([_operation(name, operator, value, kind) for operator, value in condition.items()])
    return _operation(name, "in" if is_list(condition) else "=", condition, kind)


def _operation(name: str, operator: object, value: object, kind: FieldType) -> Filter:
    match operator:
        case "=":
            return Comparison(name, "=", _value(name, value, kind))
        case "!=":
            return Not(Comparison(name, "=", _value(name, value, kind)))
        case "in" | "not in":
            if not isinstance(value, Iterable) or not is_list(value):
                raise InvalidFilter(f"{operator!r} needs a list, {shorten(value)} was found", field=name)
            among = AnyOf(name, tuple(_value(name, item, kind) for item in value))
            return among if operator == "in" else Not(among)
        case "<" | "<=" | ">" | ">=":
            if kind == "bool":
                raise InvalidFilter(f"{operator!r} was asked of true and false; use '=' or '!='", field=name)
            return Comparison(name, operator, _value(name, value, kind))
        case "exists":
            if not isinstance(value, bool):
                raise InvalidFilter(f"'exists' needs true or false, {shorten(value)} was found", field=name)
            return Exists(name) if value else Not(Exists(name))
        case _:
            known = f"; known are {', '.join(OPERATORS)}"
            raise InvalidFilter(
                f"{shorten(operator)} is no operator{did_you_mean(operator, OPERATORS) or known}", field=name
            )


def _value(name: str, value: object, kind: FieldType) -> Stored:
    if value is None:
        raise InvalidFilter("None is no value; ask with {'exists': False} for documents without it", field=name)
    try:
        plain = stored(value)
    except ValueError as error:
        raise InvalidFilter(str(error), field=name) from None
    found = field_type_of(plain)
    if found == kind:
        return plain
    if kind == "float" and isinstance(plain, int) and found == "int":
        return float(plain)
    raise InvalidFilter(f"the value {shorten(value)} is {found}, the field holds {kind}", field=name)


def _join(parts: Sequence[Filter]) -> Filter:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def is_list(value: object) -> bool:
    """Whether a condition or a field's value is a list of values and not one value."""
    return isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes)


def no_such_field(name: str, types: Mapping[str, FieldType]) -> InvalidFilter:
    """The error for a field that the index does not have: with the nearest known one, else all of them."""
    known = f"; the index has {', '.join(sorted(types))}" if types else "; the index has no fields"
    return InvalidFilter(f"the index has no such field{did_you_mean(name, types) or known}", field=name)


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """`; did you mean 'typed'?` for the nearest known word, else nothing."""
    # Letters in another order first: `=>` stands for `>=` and not for `=`.
    known = list(known)
    letters = sorted(str(word).lower())
    near = [name for name in known if sorted(name.lower()) == letters] or difflib.get_close_matches(
        str(word), known, n=1
    )
    return f"; did you mean {near[0]!r}?" if near else ""
