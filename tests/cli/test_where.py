from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.cli.where import parse_wheres
from hybrid.errors import InvalidFilter
from hybrid.planning.filters import parse_where

TYPES = {"year": "int", "price": "float", "open": "bool", "lang": "str", "tag": "str", "a<b in c": "int"}


@pytest.mark.parametrize(
    ("expression", "where"),
    [
        ("year>=1970", {"year": {">=": 1970}}),
        ("year <= -5", {"year": {"<=": -5}}),
        ("year<1970", {"year": {"<": 1970}}),
        ("year > 1970", {"year": {">": 1970}}),
        ("lang=en", {"lang": {"=": "en"}}),
        ("lang != en", {"lang": {"!=": "en"}}),
        ("lang=1970", {"lang": {"=": "1970"}}),
        ("lang=New York, NY", {"lang": {"=": "New York, NY"}}),
        ('lang=" =>\\t"', {"lang": {"=": " =>\t"}}),
        ('lang="a" or "b"', {"lang": {"=": '"a" or "b"'}}),
        ("lang=", {"lang": {"=": ""}}),
        ("price=2", {"price": {"=": 2.0}}),
        ("open=true", {"open": {"=": True}}),
        ("tag in a, b", {"tag": {"in": ["a", "b"]}}),
        ('tag not  in "a,b",c', {"tag": {"not in": ["a,b", "c"]}}),
        ("year in 1,2", {"year": {"in": [1, 2]}}),
        ("year exists", {"year": {"exists": True}}),
        ("year exists false", {"year": {"exists": False}}),
        ("a<b in c>=3", {"a<b in c": {">=": 3}}),
        ('{"$or": [{"year": 1}, {"lang": ["de", "en"]}]}', {"$or": [{"year": 1}, {"lang": ["de", "en"]}]}),
    ],
)
def test_an_expression_is_read_as_the_fields_type(expression, where):
    assert parse_wheres([expression], TYPES) == where
    parse_where(where, TYPES)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("yaer>=1970", "filter on field 'yaer': the index has no such field; did you mean 'year'?"),
        (
            "zzz=1",
            "filter on field 'zzz': the index has no such field; the index has a<b in c, lang, open, price, tag, year",
        ),
        ("year>=soon", "filter on field 'year': 'soon' is no int; expected a whole number"),
        ("year=1.5", "filter on field 'year': '1.5' is no int; expected a whole number"),
        ("open=perhaps", "filter on field 'open': 'perhaps' is no bool; expected true or false"),
        ("year==1970", "filter on field 'year': '==' is no operator; did you mean '='?"),
        ("year=>1970", "filter on field 'year': '=>' is no operator; did you mean '>='?"),
        ("year in 1,x", "filter on field 'year': 'x' is no int; expected a whole number"),
        ("year exists maybe", "filter on field 'year': 'maybe' is no bool; expected true or false"),
        ("year", "filter: 'year' is no condition; expected one such as 'year>=1970', 'lang=en' or 'tag in a,b'"),
        (">=1970", "filter: '>=1970' is no condition; expected one such as 'year>=1970', 'lang=en' or 'tag in a,b'"),
        ("", "filter: '' is no condition; expected one such as 'year>=1970', 'lang=en' or 'tag in a,b'"),
        ('{"year": ', "filter: no JSON: expecting value at column 9"),
        ('{"year": NaN}', "filter: NaN is no JSON; expected a finite number or null"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(expression, sentence):
    with pytest.raises(InvalidFilter) as caught:
        parse_wheres([expression], TYPES)
    assert str(caught.value) == sentence


def test_an_index_without_fields_says_so():
    with pytest.raises(InvalidFilter, match="the index has no fields"):
        parse_wheres(["year=1"], {})


def test_no_expression_is_no_filter():
    assert parse_wheres([], TYPES) is None


def test_several_expressions_must_all_hold():
    assert parse_wheres(["year>=1970", "year<1980", "lang=en"], TYPES) == {
        "year": {">=": 1970, "<": 1980},
        "lang": {"=": "en"},
    }


@pytest.mark.parametrize(
    "expressions",
    [["lang!=en", "lang!=de"], ['{"$not": {"year": 1}}', '{"$not": {"lang": "en"}}'], ['{"lang": "en"}', "lang!=de"]],
)
def test_conditions_that_cannot_stand_side_by_side_are_joined_by_negation(expressions):
    parts = [parse_wheres([expression], TYPES) for expression in expressions]
    assert parse_wheres(expressions, TYPES) == {"$not": {"$or": [{"$not": part} for part in parts]}}


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(["=", "!=", "<", "<=", ">", ">="]))
def test_any_integer_is_read_back(value, operator):
    assert parse_wheres([f"year {operator} {value}"], TYPES) == {"year": {operator: value}}


@given(st.text())
def test_any_text_is_a_condition_or_a_sentence(text):
    try:
        where = parse_wheres([text], TYPES)
    except InvalidFilter:
        return
    assert isinstance(where, dict)
