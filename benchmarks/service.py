"""The service against the encoder called in this process: throughput and p99 at 1, 8 and 64 clients, and memory.

In process: one call with all texts of the run, on as many threads as torch takes. The service runs in a process of its
own on loopback; clients are connections of this one that each send a request of `TEXTS` texts after another.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.measuring import seconds, table
from benchmarks.texts import labelled_sentences, source

CLIENTS = (1, 8, 64)
TEXTS = 64  # of a request: as many as the remote encoder sends
SIZE = int(os.environ.get("BENCHMARK_SIZE", "2000"))  # texts of a run
MINUTES = float(os.environ.get("BENCHMARK_MINUTES", "2"))  # under load, for memory


def main() -> None:
    from hybrid.encoding import load

    texts = [text for text, _ in labelled_sentences(SIZE)]
    types = [f"{text.split()[0]} maker" for text in texts]
    encoder = load("minilm")
    encoder.encode(texts[:64])
    alone = {
        "/v1/encode": SIZE / seconds(lambda: encoder.encode(texts)),
        "/v1/embeddings": SIZE / seconds(lambda: encoder.encode_types(types)),
    }
    command = [sys.executable, "-m", "hybrid", "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = process.stderr.readline().split()[-1]
        # Its log would fill the pipe.
        drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
        try:
            rows = asyncio.run(_all(address, texts, types, alone))
            memory = asyncio.run(_memory(address, process.pid, texts))
        finally:
            process.terminate()
            process.wait(30)
            drain.kill()
            drain.wait()
    header = ["endpoint", "clients", "texts/s", "in process", "ratio", "p50 ms", "p99 ms"]
    table(f"service, {SIZE:,} texts of {source()}, {TEXTS} a request", header, rows)
    table(f"resident memory under load of {CLIENTS[1]} clients, MiB", ["minute", "MiB"], memory)


async def _all(address: str, texts: list[str], types: list[str], alone: dict[str, float]) -> list[list[Any]]:
    rows = []
    async with _client(address) as client:
        while (await client.get("/ready")).status_code != 200:
            await asyncio.sleep(0.05)
        for path, words in (("/v1/encode", texts), ("/v1/embeddings", types)):
            bodies = [_body(path, words[at : at + TEXTS]) for at in range(0, len(words), TEXTS)]
            await _load(client, path, bodies[:16], 8)
            for count in CLIENTS:
                begun = time.perf_counter()
                taken = await _load(client, path, bodies, count)
                rate = len(words) / (time.perf_counter() - begun)
                p99 = statistics.quantiles(taken, n=100)[-1]
                rows.append([path, count, rate, alone[path], rate / alone[path], statistics.median(taken), p99])
    return rows


async def _memory(address: str, process: int, texts: list[str]) -> list[list[Any]]:
    bodies = [_body("/v1/encode", texts[at : at + TEXTS]) for at in range(0, len(texts), TEXTS)]
    begun, rows = time.monotonic(), []
    async with _client(address) as client:
        while (minute := (time.monotonic() - begun) / 60) < MINUTES:
            rows.append([round(minute, 1), _resident(process)])
            await _load(client, "/v1/encode", bodies, CLIENTS[1])
    rows.append([round((time.monotonic() - begun) / 60, 1), _resident(process)])
    return rows


def _client(address: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=max(CLIENTS), max_keepalive_connections=max(CLIENTS))
    return httpx.AsyncClient(base_url=address, timeout=120, limits=limits)


def _body(path: str, words: list[str]) -> dict[str, Any]:
    if path == "/v1/encode":
        return {"texts": words}
    return {"model": "type", "input": words, "encoding_format": "base64"}


async def _load(client: httpx.AsyncClient, path: str, bodies: list[dict[str, Any]], clients: int) -> list[float]:
    """Milliseconds of every request; each client sends the next body that nobody has sent."""
    left, taken = iter(bodies), []

    async def one() -> None:
        for body in left:
            begun = time.perf_counter()
            (await client.post(path, json=body)).raise_for_status()
            taken.append(1000 * (time.perf_counter() - begun))

    await asyncio.gather(*(one() for _ in range(clients)))
    return taken


def _resident(process: int) -> float:
    """Resident memory in MiB, as Linux tells it."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


if __name__ == "__main__":
    main()
