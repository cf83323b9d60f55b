"""Filters and fields to draw, and what the contract says of them read one document at a time."""

from __future__ import annotations

import operator

from hypothesis import strategies as st

TYPES = {"year": "int", "price": "float", "lang": "str", "open": "bool"}
COMPARE = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

INTS = st.sampled_from([-(2**63), -1, 0, 1, 2, 2**53, 2**53 + 1, 2**63 - 1])
FLOATS = st.sampled_from([-1.5, 0.0, 0.1, 1.0, 2.0, 1e300, 5e-324])
STRINGS = st.sampled_from(["", "a", "A", "é", "z", "\uffff", "🦕", "a\x00b", "1", "true", "2026-01-01"])
VALUES = {"year": INTS, "price": FLOATS, "lang": STRINGS, "open": st.booleans()}


def several(values):
    return st.one_of(values, st.lists(values, max_size=3), st.none())


FIELDS = st.fixed_dictionaries({}, optional={name: several(values) for name, values in VALUES.items()})


@st.composite
def conditions(draw):
    name = draw(st.sampled_from(sorted(TYPES)))
    values = VALUES[name]
    orders = () if name == "open" else ("<", "<=", ">", ">=")
    one = draw(st.sampled_from(["=", "!=", "in", "not in", "exists", *orders, "plain", "list"]))
    if one in ("in", "not in", "list"):
        value = draw(st.lists(values, max_size=3))
        return {name: value if one == "list" else {one: value}}
    if one == "exists":
        return {name: {one: draw(st.booleans())}}
    value = draw(values)
    return {name: value if one == "plain" else {one: value}}


WHERE = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"$or": parts}),
        inner.map(lambda part: {"$not": part}),
        st.tuples(inner, inner).map(lambda pair: {"$not": {"$or": list(pair)}, **pair[0]}),
    ),
    max_leaves=5,
)


def holds(where, fields):
    """The contract's sentences, read one document at a time."""
    for key, condition in where.items():
        if key == "$or":
            if not any(holds(part, fields) for part in condition):
                return False
        elif key == "$not":
            if holds(condition, fields):
                return False
        elif not field_holds(condition, fields.get(key)):
            return False
    return True


def field_holds(condition, value):
    values = value if isinstance(value, list) else [] if value is None else [value]
    if isinstance(condition, list):
        return any(item in condition for item in values)
    if not isinstance(condition, dict):
        return condition in values
    return all(operation_holds(name, wanted, values) for name, wanted in condition.items())


def operation_holds(name, wanted, values):
    if name == "exists":
        return bool(values) is wanted
    if name in ("in", "not in"):
        return any(item in wanted for item in values) is (name == "in")
    if name == "!=":
        return wanted not in values
    return any(COMPARE[name](item, wanted) for item in values)
