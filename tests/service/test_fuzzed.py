"""Whatever its own OpenAPI description allows, and some of what it does not: no 500, no answer of another form."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hybrid import AsyncRetriever, Retriever
from hybrid.service.limits import Limits
from hybrid.testing import FakeEncoder

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENDPOINTS = [
    ("POST", "/v1/embeddings"), ("POST", "/v1/encode"), ("POST", "/v1/find"), ("POST", "/v1/plan"),
    ("POST", "/v1/console"), ("POST", "/v1/documents"), ("GET", "/v1/index"), ("GET", "/v1/bundle"),
    ("GET", "/health"), ("GET", "/ready"), ("GET", "/metrics"),
]  # fmt: skip


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory, module_listening) -> Iterator[object]:
    target: Path = tmp_path_factory.mktemp("fuzzed") / "index"
    with Retriever.create(target, encoder=FakeEncoder(16)) as retriever:
        retriever.index(["Michelin is a tyre maker.", "Oslo is a city."])
    opened = asyncio.run(AsyncRetriever.open(target, encoder=FakeEncoder(16)))
    address = module_listening(FakeEncoder(16), retriever=opened, limits=Limits(texts=20, characters=500, seconds=20))
    return schemathesis.openapi.from_url(f"{address}/openapi.json")


def test_every_endpoint_is_described(schema) -> None:
    described = {(own.ok().method.upper(), own.ok().path) for own in schema.get_all_operations()}
    assert described == set(ENDPOINTS)


GOOD, BAD = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
# A request without parameters and body cannot be bad.
MODES = [(*own, mode) for own in ENDPOINTS for mode in ((GOOD, BAD) if own[0] == "POST" else (GOOD,))]


@pytest.mark.parametrize(("method", "path", "mode"), MODES)
def test_no_request_breaks_it(schema, method: str, path: str, mode: schemathesis.GenerationMode) -> None:
    operation = schema[path][method]

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    @given(data=st.data())
    def run(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        case.call_and_validate(checks=CHECKS, timeout=30)

    run()
