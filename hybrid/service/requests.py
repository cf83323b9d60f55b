"""Bodies of requests, as FastAPI checks and documents them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Span = Annotated[
    tuple[int, int],
    Field(description="A half-open span of the text in Unicode code points.", json_schema_extra={"examples": [[0, 8]]}),
]
# A list stops at its first fault: a complaint about each of a million items helps nobody and costs seconds.
Texts = Annotated[list[str], Field(fail_fast=True)]
Spans = Annotated[list[Span], Field(fail_fast=True)]
Kind = Annotated[str, Field(min_length=1, max_length=2_000, description="The kind of entity in words.")]


class Body(BaseModel):
    """A key that is not known is refused: it would be a wish that nobody grants."""

    model_config = ConfigDict(extra="forbid")


class EmbeddingsRequest(Body):
    """OpenAI's request; `model` says what the texts are."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"model": "type", "input": ["tyre maker", "political party"]}]},
    )

    model: str = Field(
        description="`type`: kinds of entity, in the space of mentions. `passage`: texts. `query`: words on what a "
        "text is about, in the space of passages. Behind @ the fingerprint of a bundle, or how it begins: then vectors "
        "of another one are refused."
    )
    input: str | Texts = Field(description="A text, or several.")
    encoding_format: Literal["float", "base64"] = Field(
        "float", description="Numbers, or base64 of little-endian float32."
    )
    dimensions: int | None = Field(None, description="Refused unless it is the bundle's own width.")
    user: str | None = Field(None, description="Taken and not looked at.")


class EncodeRequest(Body):
    """Texts, and where their mentions are, where that is known."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"texts": ["Michelin opened a plant in Nova Scotia."], "spans": [[[0, 8], [27, 38]]]}]
        },
    )

    texts: Texts
    spans: Annotated[list[Spans | None], Field(fail_fast=True)] | None = Field(
        None, description="Of every text its mentions, or null to have them detected; left out for all of them."
    )


class PlanRequest(Body):
    """A question, as `Retriever.plan` takes it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"type": "tyre maker", "k": 3}]})

    type: Kind
    about: str | None = Field(None, max_length=2_000, description="What else the text is about, in words.")
    where: dict[str, Any] | None = Field(None, description="Only documents whose fields fit.")
    k: int = Field(10, ge=1, le=10_000, description="How many answers.")
    offset: int = Field(0, ge=0, le=10_000, description="How many answers to pass over.")
    how: str = Field("auto", max_length=500, description="auto, lexical, typed, dense, or a fusion.")
    depth: int | None = Field(None, ge=1, le=10_000, description="Documents that each leg hands to the fusion.")
    exact: bool = Field(False, description="Score every vector.")
    mentions: int = Field(3, ge=0, le=100, description="Mentions that an answer shows.")


class FindRequest(PlanRequest):
    """A question, as `Retriever.find` takes it."""

    text: bool = Field(True, description="Whether answers carry the texts.")
    explain: bool = Field(False, description="Tell how each score came about.")


class ConsoleRequest(PlanRequest):
    """A question, as `Retriever.plan` and `Retriever.console` take it."""

    neural: bool = Field(
        False, description="Words in place of vectors, for an index that was set up with an encoder service."
    )


class DocumentsRequest(Body):
    """Documents to index."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"documents": [{"id": "1", "text": "Michelin opened a plant."}]}]},
    )

    documents: Annotated[list[dict[str, Any]], Field(fail_fast=True)] = Field(
        description="Each with text, and perhaps id, title, fields, mentions."
    )
    on_existing: Literal["replace", "skip"] = Field("replace", description="What is done with an id that is there.")
