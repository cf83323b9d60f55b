"""Filters against brute force over the documents, as the contract words them."""

from __future__ import annotations

import pytest
from filters import FIELDS, TYPES, WHERE, holds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


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
