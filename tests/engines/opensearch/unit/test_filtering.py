"""Filters as queries: their shapes, and that a server's reading of them is the contract's reading of the filter."""

from __future__ import annotations

import operator
import sys
from fnmatch import fnmatchcase

import pytest
from filters import FIELDS, TYPES, WHERE, holds
from hypothesis import given
from hypothesis import strategies as st

from hybrid.engines.opensearch.filtering import MAX_TERMS, REQUIRED, to_query
from hybrid.planning.filters import And, AnyOf, Comparison, Exists, Not, Or, parse_where

YEAR, OPEN = Comparison("year", "=", 1970), Comparison("open", "=", True)
TERM, TRUE = {"term": {"fields.year": {"value": 1970}}}, {"term": {"fields.open": {"value": True}}}


def clauses(where, types=TYPES):
    """What stands beside the clause that is always there."""
    ((required, *rest),) = [query["filter"] for query in to_query(where, types).values()]
    assert required is REQUIRED
    return rest


def test_every_document_has_what_the_required_clause_asks_for():
    assert REQUIRED == {"terms": {"mentions_from": ["detected", "given", "pending"]}}


@pytest.mark.parametrize(
    ("where", "query"),
    [
        (YEAR, TERM),
        (OPEN, TRUE),
        (Comparison("lang", "=", "de"), {"term": {"fields.lang": {"value": "de"}}}),
        (Comparison("year", "<", 1970), {"range": {"fields.year": {"lt": 1970}}}),
        (Comparison("year", "<=", 1970), {"range": {"fields.year": {"lte": 1970}}}),
        (Comparison("price", ">", 0.5), {"range": {"fields.price": {"gt": 0.5}}}),
        (Comparison("lang", ">=", "de"), {"range": {"fields.lang": {"gte": "de"}}}),
        (AnyOf("lang", ("de", "en")), {"terms": {"fields.lang": ["de", "en"]}}),
        (AnyOf("lang", ()), {"match_none": {}}),
        (Exists("year"), {"exists": {"field": "fields.year"}}),
        (Not(YEAR), {"bool": {"must_not": [TERM]}}),
        (Not(Not(YEAR)), {"bool": {"must_not": [{"bool": {"must_not": [TERM]}}]}}),
        (Or((YEAR,)), TERM),
        (Or((YEAR, OPEN)), {"bool": {"should": [TERM, TRUE], "minimum_should_match": 1}}),
        (Or((And((YEAR, OPEN)), YEAR)),
         {"bool": {"should": [{"bool": {"filter": [TERM, TRUE]}}, TERM], "minimum_should_match": 1}}),
        (Not(And((YEAR, OPEN))), {"bool": {"must_not": [{"bool": {"filter": [TERM, TRUE]}}]}}),
        (Or((And(()), YEAR)), {"bool": {"should": [{"match_all": {}}, TERM], "minimum_should_match": 1}}),
    ],
)  # fmt: skip
def test_each_part_of_a_filter_is_a_query(where, query):
    assert clauses(where) == [query]


def test_conditions_that_must_all_hold_stand_beside_the_required_clause():
    assert to_query(And((YEAR, OPEN)), TYPES) == {"bool": {"filter": [REQUIRED, TERM, TRUE]}}
    assert to_query(And(()), TYPES) == {"bool": {"filter": [REQUIRED]}}


@pytest.mark.parametrize("count", [MAX_TERMS, MAX_TERMS + 1, 3 * MAX_TERMS])
def test_more_values_than_one_clause_takes_are_several_clauses(count):
    (query,) = clauses(AnyOf("year", tuple(range(count))))
    parts = query["bool"]["should"] if "bool" in query else [query]
    found = [part["terms"]["fields.year"] for part in parts]
    assert [value for values in found for value in values] == list(range(count))
    assert len(parts) == -(-count // MAX_TERMS)
    assert all(len(values) <= MAX_TERMS == 65_536 for values in found)


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("str", {"range": {"fields.a*": {"gte": ""}}}),
        ("int", {"range": {"fields.a*": {"gte": -(2**63)}}}),
        ("float", {"range": {"fields.a*": {"gte": -sys.float_info.max}}}),
        ("bool", {"terms": {"fields.a*": [False, True]}}),
    ],
)
def test_a_name_that_would_be_read_as_a_pattern_is_asked_for_any_value(kind, query):
    assert clauses(Exists("a*"), {"a*": kind}) == [query]


# A server's reading of a query, for one document.

COMPARE = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}


def passes(query, fields):
    ((kind, body),) = query.items()
    match kind:
        case "match_all" | "match_none":
            return kind == "match_all"
        case "bool":
            should = [passes(part, fields) for part in body.get("should", ())]
            return (
                all(passes(part, fields) for part in body.get("filter", ()))
                and sum(should) >= body.get("minimum_should_match", 0)
                and not any(passes(part, fields) for part in body.get("must_not", ()))
            )
        case "exists":
            return any(values for name, values in fields.items() if fnmatchcase(name, body["field"]))
    ((name, condition),) = body.items()
    values = fields.get(name, [])
    match kind:
        case "term":
            return condition["value"] in values
        case "terms":
            return any(value in condition for value in values)
        case "range":
            ((bound, limit),) = condition.items()
            return any(COMPARE[bound](value, limit) for value in values)
    raise AssertionError(f"{kind} is no query of a filter")


def as_indexed(fields):
    """A document's fields as a server holds them: each a list of values, the absent ones not at all."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in fields.items() if value is not None}
    return {"mentions_from": ["given"], **{f"fields.{name}": values for name, values in lists.items()}}


@given(where=WHERE, documents=st.lists(FIELDS, min_size=1, max_size=8))
def test_the_query_lets_those_documents_pass_that_the_filter_does(where, documents):
    query = to_query(parse_where(where, TYPES), TYPES)
    assert query["bool"]["filter"][0] == REQUIRED
    for fields in documents:
        assert passes(query, as_indexed(fields)) is holds(where, fields)


PATTERNS = {"year": "ye*", "price": "*", "lang": "l*g", "open": "o*"}
# Fields with values of their own that the names above would match as patterns.
OTHERS = {"yes": 1, "lug": "x", "old": True, "9": 0.5}


def renamed(value):
    """Everything in a `where` or in fields, under the other names."""
    if isinstance(value, dict):
        return {PATTERNS.get(name, name): renamed(part) for name, part in value.items()}
    return [renamed(part) for part in value] if isinstance(value, list) else value


@given(where=WHERE, documents=st.lists(FIELDS, min_size=1, max_size=8))
def test_a_star_in_a_name_stands_for_itself(where, documents):
    types = renamed(TYPES)
    query = to_query(parse_where(renamed(where), types), types)
    for fields in documents:
        assert passes(query, as_indexed({**renamed(fields), **OTHERS})) is holds(where, fields)
