"""The drivers against a client that answers late."""

from __future__ import annotations

import asyncio
import json
import time
from types import SimpleNamespace

import pytest

from hybrid.engines.adapting import finish
from hybrid.engines.opensearch import transport
from hybrid.engines.opensearch.bulk import BulkRun, Operation
from hybrid.engines.opensearch.retrying import Backoff
from hybrid.engines.opensearch.transport import AsyncTransport, SyncTransport

DONE = json.dumps({"items": [{"index": {"result": "created", "status": 201}}]})


class Connection:
    """Refuses the first request as a busy server does, and takes half a second for each of the others."""

    host = "http://server"

    def __init__(self):
        self.requests = 0

    def answer(self):
        self.requests += 1
        return (429, {}, "{}") if self.requests == 1 else (200, {}, DONE)


class Blocking(Connection):
    def perform_request(self, **options):
        found = self.answer()
        time.sleep(0.5 if found[0] == 200 else 0.0)
        return found


class Awaited(Connection):
    async def perform_request(self, **options):
        found = self.answer()
        await asyncio.sleep(0.5 if found[0] == 200 else 0.0)
        return found


def client_of(connection):
    async def enter():
        return None

    pool = SimpleNamespace(mark_live=lambda connection: None)
    return SimpleNamespace(
        transport=SimpleNamespace(get_connection=lambda: connection, connection_pool=pool), __aenter__=enter
    )


@pytest.fixture
def run(monkeypatch):
    """Twice as many documents as fly at a time, each in a request of its own; what met a busy server is due at once."""
    monkeypatch.setattr("hybrid.engines.opensearch.bulk.MAX_DOCUMENTS", 1)
    operations = [Operation(str(n), lambda: b"{}") for n in range(2 * BulkRun.in_flight)]
    return BulkRun("i", operations, what="i", backoff=Backoff(attempts=9, base=1e-6, cap=1e-6))


def counted(monkeypatch, where, name):
    """How often a function is called."""
    calls, real = [], getattr(where, name)

    def count(*arguments, **options):
        calls.append(arguments)
        return real(*arguments, **options)

    monkeypatch.setattr(where, name, count)
    return calls


def test_while_no_more_can_be_sent_the_blocking_driver_waits_for_an_answer(run, monkeypatch):
    waits = counted(monkeypatch, transport, "wait")
    driver = SyncTransport(client_of(Blocking()), owned=False)
    finish(driver.drive(run))
    finish(driver.close())
    assert {outcome.status for outcome in run.outcomes} == {"created"}
    assert len(waits) <= 2 * len(run.outcomes) + 2


async def test_while_no_more_can_be_sent_the_awaited_driver_waits_for_an_answer(run, monkeypatch):
    waits = counted(monkeypatch, asyncio, "wait")
    await AsyncTransport(client_of(Awaited()), owned=False).drive(run)
    assert {outcome.status for outcome in run.outcomes} == {"created"}
    assert len(waits) <= 2 * len(run.outcomes) + 2
