"""Filters against brute force over the documents, as the contract words them."""

from __future__ import annotations

import operator

import pytest
from hypothesis import HealthCheck, given, settings
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


@pytest.fixture(scope="session")
def populations(make, create):
    """Makes an index of documents with the given fields, each with a vector in both vector legs and a word."""

    def populate(fields):
        engine = create(make.meta(TYPES))
        engine.write(
            [
                make.encoded(str(number), "a plant", {"plant": (1, 0, 0)}, (1, 0), fields=values)
                for number, values in enumerate(fields)
            ]
        )
        engine.refresh()
        return engine

    return populate


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(FIELDS, min_size=1, max_size=25), st.lists(WHERE, min_size=12, max_size=12))
def test_every_leg_sees_exactly_the_documents_that_pass(populations, make, fields, filters):
    engine = populations(fields)
    for where in filters:
        expected = {str(number) for number, values in enumerate(fields) if holds(where, values)}
        for leg in ("lexical", "typed", "dense"):
            hits = engine.search(make.bound(leg, where=where, types=TYPES, k=100))
            assert {hit.id for hit in hits} == expected, (leg, where)


def test_more_values_than_sqlite_takes_in_one_statement(populations, make):
    engine = populations([{"year": year} for year in range(5)])
    where = {"year": list(range(3, 50_000))}
    assert {hit.id for hit in engine.search(make.bound("typed", where=where, types=TYPES))} == {"3", "4"}


def test_a_declared_field_without_values_can_be_asked(populations, make):
    engine = populations([{}])
    for where, expected in (({"year": 1}, 0), ({"year": {"!=": 1}}, 1), ({"year": {"exists": False}}, 1)):
        assert len(engine.search(make.bound("typed", where=where, types=TYPES))) == expected


def test_values_of_deleted_and_replaced_documents_are_gone(populations, make):
    engine = populations([{"year": 1}, {"year": 1}, {"year": [1, 2]}])
    engine.delete(["0"])
    engine.write([make.encoded("1", "a plant", {"plant": (1, 0, 0)}, fields={"year": 2})])
    engine.refresh()
    hits = engine.search(make.bound("typed", where={"year": 1}, types=TYPES))
    assert [hit.id for hit in hits] == ["2"]
    hits = engine.search(make.bound("typed", where={"year": {"!=": 1}}, types=TYPES))
    assert [hit.id for hit in hits] == ["1"]
