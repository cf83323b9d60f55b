"""Endpoints of an index: what `Retriever` answers, over HTTP."""

from __future__ import annotations

import asyncio

import pytest

from hybrid import AsyncRetriever, Document, Retriever
from hybrid.errors import ServerUnavailable
from hybrid.planning.serialization import plan_from_json, plan_to_json
from hybrid.serialization import hit_to_json
from hybrid.service.limits import Limits
from hybrid.testing import FakeEncoder

DOCUMENTS = [
    Document("1", "Michelin is a tyre maker.", fields={"year": 1971}),
    Document("2", "Oslo is a city, says Peter 😀 of Bergen.", fields={"year": 2009}),
    Document("3", "Rome is an older city.", title="Rome", fields={"year": 1972}),
]


@pytest.fixture
def folder(tmp_path):
    with Retriever.create(tmp_path / "index", encoder=FakeEncoder(64)) as retriever:
        retriever.index(DOCUMENTS)
    return tmp_path / "index"


@pytest.fixture
async def client(folder, serve):
    retriever = await AsyncRetriever.open(folder, encoder=FakeEncoder(64))
    async with serve(retriever.encoder, retriever) as client:
        yield client


async def test_find_gives_the_hits_of_the_retriever(client, folder):
    asked = {"type": "city", "where": {"year": {">=": 1972}}, "k": 2, "how": "min_max(typed=1, lexical=.3)"}
    told = (await client.post("/v1/find", json={**asked, "explain": True})).json()
    with Retriever.open(folder, encoder=FakeEncoder(64)) as retriever:
        hits = retriever.find("city", where=asked["where"], k=2, how=asked["how"], explain=True)
        assert told["hits"] == [hit_to_json(hit, rank) for rank, hit in enumerate(hits, 1)]
        assert told["plan"] == plan_to_json(hits.plan)
    assert told["warnings"] == []
    assert told["took_ms"] >= 0
    plain = (await client.post("/v1/find", json={**asked, "text": False})).json()
    assert "text" not in plain["hits"][0]


async def test_plan_says_what_find_would_ask(client):
    plan = (await client.post("/v1/plan", json={"type": "city", "k": 2})).json()
    assert plan == plan_to_json(plan_from_json(plan))
    assert plan["reason"]


async def test_documents_are_indexed_found_and_those_refused_are_named(client):
    new = [{"id": "4", "text": "Etna is a volcano."}, {"id": "5"}, {"text": "Nile"}, {"id": "1", "text": "Michelin"}]
    report = (await client.post("/v1/documents", json={"documents": new, "on_existing": "skip"})).json()
    assert (report["documents"], report["skipped"]) == (2, 1)
    assert [(own["position"], own["id"]) for own in report["refused"]] == [(1, "5")]
    told = (await client.post("/v1/find", json={"type": "volcano", "how": "lexical", "k": 1})).json()
    assert told["hits"][0]["id"] == "4"


async def test_an_id_that_is_no_text_is_told_and_the_others_are_written(client):
    body = b'{"documents": [{"id": "\\ud800", "text": "a"}, {"id": "6", "text": "Etna"}]}'
    response = await client.post("/v1/documents", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 200
    assert (response.json()["documents"], response.json()["refused"][0]["position"]) == (1, 0)


async def test_documents_of_many_requests_are_all_written(client):
    async def add(at):
        return await client.post("/v1/documents", json={"documents": [{"id": f"n{at}", "text": f"Oslo {at}"}]})

    assert [own.status_code for own in await asyncio.gather(*map(add, range(10)))] == [200] * 10
    told = (await client.post("/v1/find", json={"type": "Oslo", "how": "lexical", "k": 50})).json()
    assert {f"n{at}" for at in range(10)} <= {hit["id"] for hit in told["hits"]}


@pytest.mark.parametrize(
    ("asked", "code", "pointer"),
    [
        ({"type": "city", "how": "min_maxx(typed)"}, "invalid_how", "#/how"),
        ({"type": "city", "where": {"year": "x"}}, "invalid_filter", "#/where"),
        ({"type": "city", "k": 0}, "invalid_request", "#/k"),
        ({"type": ""}, "invalid_request", "#/type"),
        ({"type": "city", "wher": {}}, "invalid_request", "#/wher"),
        ({}, "invalid_request", "#/type"),
        ({"type": "city", "k": 10, "offset": 9_999}, "invalid_request", None),
    ],
)
async def test_what_is_wrong_with_a_question_is_a_problem_that_names_the_field(client, asked, code, pointer):
    response = await client.post("/v1/find", json=asked)
    problem = response.json()
    assert (response.status_code, problem["code"], problem.get("pointer")) == (422, code, pointer)


async def test_more_documents_than_a_request_may_hold_are_refused(folder, serve):
    retriever = await AsyncRetriever.open(folder, encoder=FakeEncoder(64))
    async with serve(retriever.encoder, retriever, limits=Limits(texts=1)) as client:
        response = await client.post("/v1/documents", json={"documents": [{"text": "a"}, {"text": "b"}]})
    assert (response.status_code, response.json()["code"]) == (413, "too_many_documents")


async def test_ready_asks_the_engine(client, monkeypatch):
    async def gone(self):
        raise ServerUnavailable("nothing answers there")

    while (await client.get("/ready")).status_code != 200:
        await asyncio.sleep(0.001)
    monkeypatch.setattr(AsyncRetriever, "count", gone)
    response = await client.get("/ready")
    assert (response.status_code, response.json()["code"]) == (503, "engine_unavailable")
    assert (await client.get("/health")).status_code == 200


async def test_more_requests_than_may_wait_are_told_to_come_again(folder, serve, monkeypatch):
    gate, begun, find = asyncio.Event(), asyncio.Event(), AsyncRetriever.find

    async def gated(self, **asked):
        begun.set()
        await gate.wait()
        return await find(self, **asked)

    retriever = await AsyncRetriever.open(folder, encoder=FakeEncoder(64))
    async with serve(retriever.encoder, retriever, limits=Limits(waiting=1)) as client:
        monkeypatch.setattr(AsyncRetriever, "find", gated)
        first = asyncio.create_task(client.post("/v1/find", json={"type": "city"}))
        await asyncio.wait_for(begun.wait(), 10)
        full = await client.get("/v1/index")
        gate.set()
        assert (await first).status_code == 200
        assert (await client.get("/v1/index")).status_code == 200
    assert (full.status_code, full.json()["code"]) == (429, "queue_full")


async def test_an_engine_that_hangs_is_not_ready(folder, serve, monkeypatch):
    async def hangs(self):
        await asyncio.sleep(60)

    retriever = await AsyncRetriever.open(folder, encoder=FakeEncoder(64))
    async with serve(retriever.encoder, retriever, limits=Limits(seconds=0.05)) as client:
        while (await client.get("/ready")).status_code != 200:
            await asyncio.sleep(0.001)
        monkeypatch.setattr(AsyncRetriever, "count", hangs)
        response = await client.get("/ready")
    assert (response.status_code, response.json()["code"]) == (503, "engine_unavailable")


async def test_documents_take_the_time_that_they_take_and_are_written_whoever_waits(folder, serve):
    import time

    class Slow(FakeEncoder):
        def encode(self, texts, spans=None):
            time.sleep(1.0)
            return super().encode(texts, spans)

    retriever = await AsyncRetriever.open(folder, encoder=Slow(64))
    async with serve(retriever.encoder, retriever, limits=Limits(seconds=0.5)) as client:
        response = await client.post("/v1/documents", json={"documents": [{"id": "8", "text": "Etna"}]})
        assert (response.status_code, response.json()["documents"]) == (200, 1)


async def test_without_an_index_its_endpoints_are_not_there(serve):
    async with serve() as client:
        assert (await client.post("/v1/find", json={"type": "city"})).status_code == 404
        assert "/v1/find" not in (await client.get("/openapi.json")).json()["paths"]
