"""What stands before every endpoint: names, keys, types, sizes, ids and the log."""

from __future__ import annotations

import asyncio
import json
import logging
import threading

import httpx
import pytest

from hybrid.service.app import create_app
from hybrid.service.guard import names_of_loopback
from hybrid.service.limits import Limits
from hybrid.testing import FakeEncoder

KEY = "a key of the tests"


async def test_a_key_is_asked_for_and_nothing_is_told_without_it(serve):
    async with serve(key=KEY) as client:
        for headers in ({}, {"authorization": "Bearer other"}, {"authorization": f"Basic {KEY}"}):
            response = await client.get("/v1/bundle", headers=headers)
            assert (response.status_code, response.json()["code"]) == (401, "key_missing")
            assert response.headers["www-authenticate"] == "Bearer"
            assert KEY not in response.text
        assert (await client.get("/v1/bundle", headers={"authorization": f"Bearer {KEY}"})).status_code == 200
        assert (await client.get("/openapi.json")).status_code == 401
        assert (await client.get("/health")).status_code == 200
        openai = await client.post("/v1/embeddings", json={"model": "type", "input": "a"})
        assert (openai.status_code, openai.json()["error"]["type"]) == (401, "authentication_error")


async def test_on_loopback_another_name_is_refused(serve):
    async with serve(hosts=set(names_of_loopback("127.0.0.1"))) as client:
        for host in ("127.0.0.1:8100", "localhost", "[::1]:8100"):
            assert (await client.get("/health", headers={"host": host})).status_code == 200
        response = await client.get("/health", headers={"host": "evil.example"})
    assert (response.status_code, response.json()["code"]) == (421, "unknown_host")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
async def test_a_body_that_a_form_could_send_is_refused(client, kind):
    response = await client.post("/v1/encode", content=b'{"texts": []}', headers={"content-type": kind})
    assert (response.status_code, response.json()["code"]) == (415, "not_json")


async def test_a_charset_may_stand_behind_the_type(client):
    headers = {"content-type": "application/json; charset=utf-8"}
    assert (await client.post("/v1/encode", content=b'{"texts": []}', headers=headers)).status_code == 200


async def test_a_large_body_is_refused_by_its_length_and_without_one_as_it_comes(serve):
    async def pieces():
        for _ in range(4):
            yield b" " * 500

    headers = {"content-type": "application/json"}
    async with serve(limits=Limits(body_bytes=1_000)) as client:
        for content in (b" " * 1_001, pieces()):
            response = await client.post("/v1/encode", content=content, headers=headers)
            assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


async def test_a_body_that_does_not_come_is_408(serve):
    async def slowly():
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    async with serve(limits=Limits(seconds=0.05)) as client:
        response = await client.post("/v1/encode", content=slowly(), headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (408, "body_too_slow")
    assert response.headers["connection"] == "close"


async def test_no_page_of_another_origin_reads_an_answer(client):
    response = await client.get("/v1/bundle", headers={"origin": "https://evil.example"})
    assert not [name for name in response.headers if name.startswith("access-control")]
    asked = await client.options("/v1/encode", headers={"origin": "x", "access-control-request-method": "POST"})
    assert asked.status_code == 405


async def test_every_answer_says_how_a_browser_may_treat_it(client):
    for response in (await client.get("/health"), await client.get("/nothing"), await client.post("/v1/encode")):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in response.headers["content-security-policy"]


async def test_a_request_id_is_taken_over_or_made(client):
    assert (await client.get("/health", headers={"x-request-id": "abc-1"})).headers["x-request-id"] == "abc-1"
    made = (await client.get("/health", headers={"x-request-id": "a b\tc" * 30})).headers["x-request-id"]
    assert len(made) == 32


async def test_the_log_has_a_line_a_request_and_no_text(client, caplog):
    with caplog.at_level(logging.INFO, logger="hybrid.service"):
        headers = {"x-request-id": "abc-1"}
        await client.post("/v1/encode", json={"texts": ["a secret of somebody"]}, headers=headers)
        await client.get("/v1/secret-of-somebody")
    lines = [json.loads(record.message) for record in caplog.records]
    assert lines[0].items() >= {"request": "abc-1", "method": "POST", "endpoint": "/v1/encode", "status": 200}.items()
    assert lines[1].items() >= {"endpoint": "other", "status": 404, "code": "not_found"}.items()
    assert "secret" not in caplog.text


async def test_what_is_not_foreseen_is_500_without_a_reason(serve, caplog):
    class Broken(FakeEncoder):
        def encode(self, texts, spans=None):
            raise ZeroDivisionError("of a secret")

    async with serve(Broken(16)) as client:
        response = await client.post("/v1/encode", json={"texts": ["a"]})
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert "secret" not in response.text
    (line,) = [json.loads(own.message) for own in caplog.records if own.levelname == "ERROR"]
    assert (line["request"], line["error"]) == (response.headers["x-request-id"], "ZeroDivisionError")
    assert "encode" in line["at"][-1]
    assert "secret" not in caplog.text


async def test_weights_that_cannot_be_loaded_are_logged_and_may_come_later(serve, caplog):
    class Late(FakeEncoder):
        there = False

        def encode_types(self, types):
            if not self.there:
                raise OSError("no such file")
            return super().encode_types(types)

    encoder = Late(16)
    async with serve(encoder) as client:
        while "OSError" not in caplog.text:
            await asyncio.sleep(0.001)
        assert (await client.get("/ready")).json()["code"] == "not_ready"
        encoder.there = True
        assert (await client.post("/v1/embeddings", json={"model": "type", "input": "a"})).status_code == 200
        assert (await client.get("/ready")).status_code == 200


async def test_a_request_that_takes_too_long_is_503(serve):
    gate = threading.Event()

    class Gated(FakeEncoder):
        def encode(self, texts, spans=None):
            assert gate.wait(10)
            return super().encode(texts, spans)

    async with serve(Gated(16), limits=Limits(seconds=0.5)) as client:
        response = await client.post("/v1/encode", json={"texts": ["a"]})
        gate.set()
    assert (response.status_code, response.json()["code"]) == (503, "timeout")
    assert response.headers["retry-after"]


async def test_a_full_queue_is_429_and_says_when_to_come_again(serve):
    gate = threading.Event()

    class Gated(FakeEncoder):
        def encode(self, texts, spans=None):
            assert gate.wait(10)
            return super().encode(texts, spans)

    async with serve(Gated(16), limits=Limits(waiting=1)) as client:
        while (await client.get("/ready")).status_code != 200:
            await asyncio.sleep(0.001)
        first = asyncio.create_task(client.post("/v1/encode", json={"texts": ["a"]}))
        while (await client.get("/metrics")).text.count("hybrid_queue_requests 1.0") == 0:
            await asyncio.sleep(0.001)
        full = await client.post("/v1/encode", json={"texts": ["b"]})
        also = await client.post("/v1/embeddings", json={"model": "type", "input": "b"})
        gate.set()
        assert (await first).status_code == 200
    assert (full.status_code, full.json()["code"], full.headers["retry-after"]) == (429, "queue_full", "1")
    assert (also.status_code, also.json()["error"]["type"]) == (429, "rate_limit_error")


async def test_a_client_that_goes_away_frees_its_place():
    gate, begun = threading.Event(), threading.Event()

    class Gated(FakeEncoder):
        def encode(self, texts, spans=None):
            begun.set()
            assert gate.wait(10)
            return super().encode(texts, spans)

    app = create_app(Gated(16))
    gone = asyncio.Event()
    body = [{"type": "http.request", "body": b'{"texts": ["a"]}', "more_body": False}]

    async def receive():
        if body:
            return body.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    sent: list[dict] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/v1/encode",
        "raw_path": b"/v1/encode", "root_path": "", "query_string": b"", "scheme": "http",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
    }  # fmt: skip
    async with app.router.lifespan_context(app):
        asked = asyncio.create_task(app(scope, receive, send))
        await asyncio.to_thread(begun.wait, 10)
        gone.set()
        await asyncio.wait_for(asked, 10)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            told = (await client.get("/metrics")).text
        gate.set()
    assert 'hybrid_errors_total{code="client_gone"} 1.0' in told
    assert "hybrid_queue_requests 0.0" in told
