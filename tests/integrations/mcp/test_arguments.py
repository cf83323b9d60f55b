"""What the tools take, and what is said of what they do not take."""

from __future__ import annotations

from typing import Any

import pytest

from hybrid.errors import InvalidInput, InvalidQuery
from hybrid.integrations.mcp.arguments import CountArguments, FindArguments, PlanArguments, read_arguments, schema_of


def test_the_kind_is_all_that_must_be_given() -> None:
    read = read_arguments(FindArguments, {"type": "tyre maker"})
    assert read.model_dump() == {
        "type": "tyre maker",
        "about": None,
        "where": None,
        "how": "auto",
        "k": 10,
        "offset": 0,
        "text": False,
    }


def test_null_is_as_good_as_nothing() -> None:
    read = read_arguments(FindArguments, {"type": "river", "about": None, "where": None, "how": None, "k": None})
    assert (read.about, read.where, read.how, read.k) == (None, None, "auto", 10)


def test_a_filter_may_come_as_its_json_text() -> None:
    read = read_arguments(PlanArguments, {"type": "river", "where": '{"year": {">=": 1970}}'})
    assert read.where == {"year": {">=": 1970}}


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({}, InvalidInput, "type is missing: The kind of entity in a few words"),
        ({"type": "river", "limit": 3}, InvalidInput, "'limit' is no argument; expected type, about, where, how, k"),
        ({"type": 3}, InvalidInput, "type is 3; expected a text"),
        ({"type": "river", "k": "many"}, InvalidInput, "k is 'many'; expected a whole number"),
        ({"type": "river", "k": 1.5}, InvalidInput, "k is 1.5; expected a whole number"),
        ({"type": "river", "k": "x"}, InvalidInput, "k is 'x'; expected a whole number"),
        ({"type": "river", "text": "maybe"}, InvalidInput, "text is 'maybe'; expected true or false"),
        ({"type": "river", "where": "year>=1970"}, InvalidInput, "where is 'year>=1970'; expected an object"),
        ({"type": "river", "where": [1]}, InvalidInput, r"where is \[1\]; expected an object"),
        ({"type": "river", "where": "[" * 100_000}, InvalidInput, r"where is '\[+…; expected an object"),
        ({"type": "river", "k": 51}, InvalidQuery, "k is 51; expected 1 to 50"),
        ({"type": "river", "k": 0}, InvalidQuery, "k is 0; expected 1 to 50"),
        ({"type": "river", "how": "x" * 1_000 + "\n", "k": []}, InvalidInput, r"k is \[\]"),
    ],
)
def test_a_complaint_names_the_argument_and_what_was_expected(
    given: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=f"^{words}"):
        read_arguments(FindArguments, given)


def test_where_nothing_is_taken_that_is_said() -> None:
    with pytest.raises(InvalidInput, match="'x' is no argument; expected none"):
        read_arguments(CountArguments, {"x": 1})


@pytest.mark.parametrize("kind", [FindArguments, PlanArguments, CountArguments])
def test_every_argument_is_described_by_one_type_and_a_sentence(kind: type[CountArguments]) -> None:
    schema = schema_of(kind)
    assert (schema["type"], schema["additionalProperties"]) == ("object", False)
    for own in schema["properties"].values():
        assert own["description"].endswith(".")
        assert own["type"] in ("string", "integer", "boolean", "object")
        assert not {"title", "anyOf"} & set(own)


def test_bounds_and_defaults_stand_in_the_schema() -> None:
    own = schema_of(FindArguments)["properties"]
    assert (own["k"]["minimum"], own["k"]["maximum"], own["k"]["default"]) == (1, 50, 10)
    assert "default" not in own["about"]
