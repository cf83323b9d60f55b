"""A filter to one bool query over the document's own fields, the same in every leg and on every version.

It always has a required clause on a keyword that every document has: with that, a nested knn takes it as a filter of
the document and not of the mention (without it OpenSearch 2.19 ignores a filter of negations alone).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from hybrid.planning.filters import And, AnyOf, Comparison, Exists, Filter, Not, Or
from hybrid.planning.values import INT64, FieldType

REQUIRED = {"terms": {"mentions_from": ["detected", "given", "pending"]}}
RANGES = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
# index.max_terms_count
MAX_TERMS = 65_536

Query = dict[str, Any]
Types = Mapping[str, FieldType]


def to_query(where: Filter, types: Types) -> Query:
    """The bool query of a filter; `types` are those of the index's fields."""
    children = where.children if isinstance(where, And) else (where,)
    return {"bool": {"filter": [REQUIRED, *(_query(child, types) for child in children)]}}


def _query(where: Filter, types: Types) -> Query:
    match where:
        case And(children):
            queries = [_query(child, types) for child in children]
            return {"bool": {"filter": queries}} if queries else {"match_all": {}}
        case Or(children):
            return _any([_query(child, types) for child in children])
        case Not(child):
            return {"bool": {"must_not": [_query(child, types)]}}
        case Comparison(field, "=", value):
            return {"term": {_path(field): {"value": value}}}
        case Comparison(field, operator, value):
            return {"range": {_path(field): {RANGES[operator]: value}}}
        case AnyOf(field, values):
            parts = [values[start : start + MAX_TERMS] for start in range(0, len(values), MAX_TERMS)]
            return _any([{"terms": {_path(field): list(part)}} for part in parts])
        case Exists(field):
            return _exists(field, types)


def _exists(field: str, types: Types) -> Query:
    if "*" not in field:
        return {"exists": {"field": _path(field)}}
    # `exists` would read the name as a pattern of names.
    if types[field] == "bool":
        return {"terms": {_path(field): [False, True]}}
    least = {"str": "", "int": INT64.start, "float": -sys.float_info.max}[types[field]]
    return {"range": {_path(field): {"gte": least}}}


def _any(queries: list[Query]) -> Query:
    if not queries:
        return {"match_none": {}}
    return queries[0] if len(queries) == 1 else {"bool": {"should": queries, "minimum_should_match": 1}}


def _path(field: str) -> str:
    return f"fields.{field}"
