"""`hybrid serve` in a process of its own: where it listens, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from hybrid import Document, Retriever
from hybrid.encoding import load
from hybrid.service.running import is_loopback


def _command(*arguments):
    return [sys.executable, "-m", "hybrid", "serve", *arguments]


@contextmanager
def _serving(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """The process, and a client of it once it is ready."""
    process = subprocess.Popen(
        _command("--port", "0", *arguments), stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    try:
        line = process.stderr.readline()
        assert line.startswith("Serving at http://"), line + process.stderr.read()
        address = line.split()[-1].replace("0.0.0.0", "127.0.0.1")
        with httpx.Client(base_url=address, timeout=30) as client:
            for _ in range(600):
                try:
                    if client.get("/ready").status_code == 200:
                        break
                except httpx.ConnectError:
                    assert process.poll() is None
                time.sleep(0.1)
            yield process, client
    finally:
        process.kill()
        process.wait(10)
        process.stderr.close()


def test_it_serves_until_it_is_told_to_stop_and_finishes_what_runs():
    with _serving("--device", "cpu") as (process, client):
        wanted = load("minilm", device="cpu").encode_types(["tyre maker"])[0]
        told = client.post("/v1/embeddings", json={"model": "type", "input": "tyre maker"}).json()
        assert told["data"][0]["embedding"] == pytest.approx(wanted.tolist(), abs=1e-5)
        assert told["usage"]["prompt_tokens"] >= 2
        texts = [f"Michelin opened plant {at} in Nova Scotia." for at in range(400)]
        body = json.dumps({"texts": texts}).encode()
        address = client.base_url
        with socket.create_connection((address.host, address.port)) as open_socket:
            head = f"POST /v1/encode HTTP/1.1\r\nhost: {address.host}\r\ncontent-type: application/json\r\n"
            open_socket.sendall(f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
            for _ in range(2_000):
                if "hybrid_queue_requests 1.0" in client.get("/metrics").text:
                    break
                time.sleep(0.005)
            process.send_signal(signal.SIGTERM)
            answer = b"".join(iter(lambda: open_socket.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert len(json.loads(answer.partition(b"\r\n\r\n")[2])["encodings"]) == 400
        assert process.wait(10) in (0, -signal.SIGTERM)
        log = process.stderr.read()
    assert "Traceback" not in log
    assert "Michelin" not in log


def test_an_index_is_served_with_it(tmp_path):
    with Retriever.create(tmp_path / "index", encoder="minilm") as retriever:
        retriever.index([Document("1", "Michelin opened a plant."), Document("2", "It rained in Oslo.")])
    with _serving(str(tmp_path / "index"), "--device", "cpu") as (_, client):
        assert client.get("/v1/bundle").json()["name"] == "minilm"
        told = client.post("/v1/find", json={"type": "tyre maker", "k": 1}).json()
        assert [hit["id"] for hit in told["hits"]] == ["1"]
        assert told["hits"][0]["mentions"][0]["surface"] == "Michelin"


def test_an_address_that_others_reach_needs_a_key_or_the_word_insecure():
    refused = subprocess.run(_command("--host", "0.0.0.0"), capture_output=True, text=True)
    assert refused.returncode == 2
    assert "set HYBRID_SERVICE_KEY, or say --insecure" in refused.stderr
    with _serving("--host", "0.0.0.0", HYBRID_SERVICE_KEY="a-key-of-the-tests") as (_, client):
        assert client.get("/v1/bundle").status_code == 401
        assert client.get("/v1/bundle", headers={"authorization": "Bearer a-key-of-the-tests"}).status_code == 200


def test_an_address_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run(_command("--port", str(taken.getsockname()[1])), capture_output=True, text=True)
    assert done.returncode == 1
    assert "cannot listen at 127.0.0.1 port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bundle_that_is_none_is_told_before_anything_listens():
    done = subprocess.run(_command("--bundle", "minlm"), capture_output=True, text=True)
    assert done.returncode == 1
    assert "did you mean 'minilm'?" in done.stderr


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("192.168.1.4", False), ("example.org", False)],
)  # fmt: skip
def test_loopback_is_told_from_the_rest(host, local):
    assert is_loopback(host) is local
