"""The JSON form of a plan: there and back, and what is refused on the way back."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from hybrid.errors import InvalidQuery
from hybrid.planning.notation import parse_how
from hybrid.planning.planner import Knowledge, make_plan
from hybrid.planning.query import Query
from hybrid.planning.serialization import plan_from_json, plan_to_json

KNOWLEDGE = Knowledge("min_max(typed=1, dense=.2, lexical=.3)", 9, 9)


@pytest.mark.parametrize(
    "how",
    [
        "auto",
        "bm25",
        "typed; depth=50",
        "dense; centring=.25",
        "l2.harmonic(typed=2, dense)",
        "rrf(typed, lexical, c=3)",
        "min_max(typed, dense); depth=50; centring=1",
    ],
)
@pytest.mark.parametrize("where", [None, {"year": {">=": 1970}, "$or": [{"lang": ["de", "en"]}]}])
def test_a_plan_comes_back_as_it_was(how: str, where: dict[str, Any] | None) -> None:
    plan = make_plan(Query("dinosaur", "in Alberta", where), KNOWLEDGE, how=how, k=7, offset=3, exact=True, mentions=0)
    data = json.loads(json.dumps(plan_to_json(plan)))
    assert plan_from_json(data) == plan
    assert "vector" not in json.dumps(data)


def test_how_is_the_canonical_text_with_the_depth_where_it_is_not_the_default() -> None:
    assert plan_to_json(make_plan(Query("x"), KNOWLEDGE))["how"] == "min_max(typed=1, dense=.2, lexical=.3)"
    assert plan_to_json(make_plan(Query("x"), KNOWLEDGE, how="bm25", depth=99))["how"] == "lexical; depth=99"
    assert parse_how(plan_to_json(make_plan(Query("x"), KNOWLEDGE, k=900))["how"]).depth is None


def test_how_tells_centring_where_the_question_or_the_bundle_says() -> None:
    assert plan_to_json(make_plan(Query("x"), KNOWLEDGE, how="typed; centring=.5"))["how"] == "typed; centring=.5"
    assert plan_to_json(make_plan(Query("x"), KNOWLEDGE, how="typed; centring=0"))["how"] == "typed; centring=0"
    assert plan_to_json(make_plan(Query("x"), KNOWLEDGE, how="typed"))["how"] == "typed"
    learned = Knowledge("typed; centring=.25", 9, 9)
    assert plan_to_json(make_plan(Query("x"), learned, how="dense", depth=99))["how"] == "dense; depth=99; centring=.25"


def test_a_plan_that_does_not_tell_its_centring_has_none() -> None:
    plan = make_plan(Query("x"), KNOWLEDGE, how="typed; centring=.5")
    data = plan_to_json(plan)
    assert data.pop("centring") == 0.5
    assert plan_from_json(data) == replace(plan, centring=None)


def test_dates_in_a_filter_are_written_as_they_are_kept() -> None:
    where = {"published": {"<": dt.date(1999, 12, 31)}}
    assert plan_to_json(make_plan(Query("x", None, where), KNOWLEDGE))["query"]["where"] == {
        "published": {"<": "1999-12-31"}
    }


def changed(**changes: Any) -> dict[str, Any]:
    return plan_to_json(make_plan(Query("dinosaur"), KNOWLEDGE)) | changes


LEG = {"leg": "typed", "words": "dinosaur", "weight": 1.0, "depth": 1000, "exact": False}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "a plan of version 1 was expected"),
        (changed(version=2), "a plan of version 1 was expected"),
        (changed(colour="red"), "unknown keys: colour"),
        (changed(legs=[]), "one leg and no fusion"),
        (changed(legs=[LEG]), "one leg and no fusion"),
        (changed(legs=[LEG, LEG]), "different legs"),
        (changed(legs=[LEG, LEG | {"leg": "dense", "depth": 5}]), "all legs of a plan have one depth"),
        (changed(legs=[LEG | {"leg": "sparse"}, LEG]), "is no leg of a plan"),
        (changed(legs=[LEG | {"weight": -1}, LEG | {"leg": "dense"}]), "the weight of leg typed is -1"),
        (changed(legs=[LEG | {"weight": 0}, LEG | {"leg": "dense", "weight": 0}]), "a weight above 0"),
        (changed(legs=5), "cannot be read"),
        (changed(fusion={"technique": "z_score", "mean": "arithmetic", "c": 60}), "is no fusion"),
        (changed(k=0), "k is 0"),
        (changed(centring=1.5), "centring is 1.5; expected a number from 0 to 1"),
        (changed(centring=-0.1), "centring is -0.1"),
        (changed(centring=float("nan")), "centring is nan"),
        (changed(centring=True), "centring is True"),
        (changed(centring="0.5"), "centring is '0.5'"),
        (changed(query={"type": "", "about": None, "where": None}), "type is empty"),
        (changed(query={"type": "x"}), "no 'about'"),
    ],
)
def test_what_no_plan_can_be_is_refused(data: Any, words: str) -> None:
    with pytest.raises(InvalidQuery, match=words):
        plan_from_json(data)


def test_a_missing_key_is_named() -> None:
    data = changed()
    del data["offset"]
    with pytest.raises(InvalidQuery, match="the plan has no 'offset'"):
        plan_from_json(data)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("legs", 1, "words"), "\ud800", "lone surrogate"),
        (("legs", 1, "words"), "", "is empty"),
        (("legs", 1, "words"), "x" * 4_002, "4,002 characters"),
        (("legs", 1, "depth"), 1_000.0, "depth is 1000.0"),
        (("legs", 0, "weight"), 10**400, "cannot be read"),
        (("fusion", "c"), 10_001, "is no fusion"),
        (("fusion", "c"), True, "is no fusion"),
    ],
)
def test_no_value_that_an_engine_cannot_run_is_read(path: tuple[Any, ...], value: object, words: str) -> None:
    plan = make_plan(Query("dinosaur"), KNOWLEDGE, how="rrf(typed, lexical)")
    data: Any = json.loads(json.dumps(plan_to_json(plan)))
    *above, last = path
    entry = data
    for step in above:
        entry = entry[step]
    entry[last] = value
    with pytest.raises(InvalidQuery, match=words):
        plan_from_json(data)
