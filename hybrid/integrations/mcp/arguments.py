"""What the tools take, described for a language model, and read with complaints that it can act on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.json_schema import SkipJsonSchema

from hybrid.errors import InvalidInput, InvalidQuery, shorten

# What a model reads at a time; the rest is pages away.
MAX_K = 50

_NAMES = {"string": "a text", "integer": "a whole number", "boolean": "true or false", "object": "an object"}


def _parsed(value: object) -> object:
    """Some assistants send an object as its JSON text."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


class Arguments(BaseModel):
    """A name that is not known is refused: it would be a wish that nobody grants."""

    model_config = ConfigDict(extra="forbid")


class CountArguments(Arguments):
    """None."""


class PlanArguments(Arguments):
    """A question."""

    type: str = Field(
        description="The kind of entity in a few words, as one would name it in a list of kinds: 'tyre maker', "
        "'political party', 'dinosaur'. A kind, not the name of one entity, and not a whole question.",
    )
    about: str | SkipJsonSchema[None] = Field(
        None, description="What else the text is about, in free words: 'an accident in the rain'."
    )
    where: Annotated[dict[str, Any] | SkipJsonSchema[None], BeforeValidator(_parsed)] = Field(
        None,
        description="Only texts whose fields fit; all conditions must hold. A value (equals), a list (any of), or an "
        "object of operators (=, !=, in, not in, <, <=, >, >=, exists). Example: "
        '{"year": {">=": 1970, "<": 1980}, "lang": ["de", "en"], "author": {"exists": true}}. '
        '{"$or": [{...}, {...}]} and {"$not": {...}} nest. Dates are written \'2024-01-31\'.',
    )
    how: str = Field(
        "auto",
        description="How to rank; leave it at 'auto' unless asked otherwise. 'typed' ranks by the kinds of the "
        "entities alone, 'lexical' by the words (BM25), 'dense' by the meaning of the passage, and "
        "'min_max(typed=1, dense=.2, lexical=.3)' fuses them with weights.",
    )


class FindArguments(PlanArguments):
    """A question, and which of its answers are wanted."""

    k: int = Field(10, description="How many texts.", json_schema_extra={"minimum": 1, "maximum": MAX_K})
    offset: int = Field(
        0, description="How many texts to pass over: k more than before for the next.", json_schema_extra={"minimum": 0}
    )
    text: bool = Field(
        False, description="Give the whole texts; otherwise snippets of at most 300 characters around the best mention."
    )


Read = TypeVar("Read", bound=Arguments)


def read_arguments(kind: type[Read], given: Mapping[str, Any]) -> Read:
    """The arguments of a call.

    Raises:
        InvalidInput: an unknown argument, a missing one, or one of another type, with what was expected.
        InvalidQuery: more texts than are given at a time, or none.
    """
    try:
        # Models often send null for what they leave out.
        read = kind.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise InvalidInput(_complaint(kind, error)) from None
    if isinstance(read, FindArguments) and not 1 <= read.k <= MAX_K:
        raise InvalidQuery(f"k is {read.k:,}; expected 1 to {MAX_K}, and offset for the texts after them")
    return read


def _complaint(kind: type[Arguments], error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"{shorten(name)} is no argument; expected {', '.join(kind.model_fields) or 'none'}"
    if first["type"] == "missing":
        return f"{name} is missing: {kind.model_fields[name].description}"
    expected = _NAMES[schema_of(kind)["properties"][name]["type"]]
    return f"{name} is {shorten(first['input'])}; expected {expected}"


def schema_of(kind: type[Arguments]) -> dict[str, Any]:
    """The JSON schema of a tool's arguments, without what would only cost a model's attention."""
    schema = kind.model_json_schema()
    return {
        "type": "object",
        "properties": {name: _slim(own) for name, own in schema["properties"].items()},
        "required": schema.get("required", []),
        "additionalProperties": False,
    }


def _slim(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != "title" and (name, value) != ("default", None)}
