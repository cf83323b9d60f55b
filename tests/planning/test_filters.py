from __future__ import annotations

import datetime as dt

import pytest

from hybrid.errors import InvalidFilter
from hybrid.planning.filters import And, AnyOf, Comparison, Exists, Not, Or, parse_where

TYPES = {"year": "int", "price": "float", "lang": "str", "open": "bool"}


@pytest.mark.parametrize(
    ("where", "tree"),
    [
        (None, None),
        ({}, None),
        ({"year": 1970}, Comparison("year", "=", 1970)),
        ({"year": [1970, 1971]}, AnyOf("year", (1970, 1971))),
        ({"year": []}, AnyOf("year", ())),
        ({"lang": {"in": {"de"}}}, AnyOf("lang", ("de",))),
        ({"year": {"!=": 1970}}, Not(Comparison("year", "=", 1970))),
        ({"year": {"not in": [1970]}}, Not(AnyOf("year", (1970,)))),
        ({"year": {">=": 1970, "<": 1980}}, And((Comparison("year", ">=", 1970), Comparison("year", "<", 1980)))),
        ({"year": {"exists": True}}, Exists("year")),
        ({"year": {"exists": False}}, Not(Exists("year"))),
        ({"price": 3}, Comparison("price", "=", 3.0)),
        ({"open": True}, Comparison("open", "=", True)),
        ({"lang": dt.date(1971, 3, 9)}, Comparison("lang", "=", "1971-03-09")),
        (
            {"year": 1970, "lang": "de"},
            And((Comparison("year", "=", 1970), Comparison("lang", "=", "de"))),
        ),
        (
            {"$or": [{"year": 1970}, {"$not": {"open": True}}]},
            Or((Comparison("year", "=", 1970), Not(Comparison("open", "=", True)))),
        ),
        ({"$or": [{}]}, Or((And(()),))),
    ],
)
def test_a_where_is_read_as_a_tree(where, tree):
    assert parse_where(where, TYPES) == tree


def test_an_int_asked_of_floats_becomes_a_float():
    tree = parse_where({"price": {">": 3}}, TYPES)
    assert type(tree.value) is float


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"yaer": 1970}, "filter on field 'yaer': the index has no such field; did you mean 'year'?"),
        ({"colour": 1}, "the index has no such field; the index has lang, open, price, year"),
        ({"year": {"=>": 1}}, "'=>' is no operator; did you mean '>='?"),
        ({"year": {"like": 1}}, "'like' is no operator; known are =, !=, in, not in, <, <=, >, >=, exists"),
        ({"$and": []}, "'$and' is no operator between conditions"),
        ({1: 1}, "1 is no operator between conditions"),
        ({"$or": []}, "$or needs a list of at least one object"),
        ({"$or": {"year": 1}}, "$or needs a list of at least one object"),
        ({"$or": "year"}, "$or needs a list of at least one object"),
        ({"$or": [1]}, "1 was found; expected an object"),
        ({"$not": [1]}, "expected an object"),
        ({"year": {}}, "the condition is empty"),
        ({"year": None}, "None is no value; ask with {'exists': False}"),
        ({"year": [None]}, "None is no value"),
        ({"year": "1970"}, "the value '1970' is str, the field holds int"),
        ({"year": 1970.5}, "the value 1970.5 is float, the field holds int"),
        ({"year": True}, "the value True is bool, the field holds int"),
        ({"open": 1}, "the value 1 is int, the field holds bool"),
        ({"open": {">": False}}, "'>' was asked of true and false"),
        ({"price": float("nan")}, "nan is no finite number"),
        ({"price": True}, "the value True is bool, the field holds float"),
        ({"year": 2**63}, "the integer has 64 bits"),
        ({"lang": dt.datetime(2026, 1, 1)}, "no time zone"),
        ({"year": {"in": 1970}}, "'in' needs a list, 1970 was found"),
        ({"year": {"=": [1970]}}, "list is no type of a field"),
        ({"year": {"exists": 1}}, "'exists' needs true or false, 1 was found"),
        ("year=1", "'year=1' was found; expected an object"),
        ([], "expected an object"),
    ],
)
def test_a_where_that_cannot_be_applied_says_why(where, words):
    with pytest.raises(InvalidFilter) as caught:
        parse_where(where, TYPES)
    assert words in str(caught.value)


def test_an_index_without_fields_says_so():
    with pytest.raises(InvalidFilter, match="the index has no fields"):
        parse_where({"year": 1}, {})


def test_the_error_carries_the_field():
    with pytest.raises(InvalidFilter) as caught:
        parse_where({"yaer": 1}, TYPES)
    assert caught.value.field == "yaer"


def nested(levels):
    where = {"year": 1970}
    for _ in range(levels):
        where = {"$not": where}
    return where


def test_twenty_levels_are_read_and_one_more_is_refused():
    assert parse_where(nested(20), TYPES) is not None
    with pytest.raises(InvalidFilter, match="nested more than 20 deep"):
        parse_where(nested(21), TYPES)
