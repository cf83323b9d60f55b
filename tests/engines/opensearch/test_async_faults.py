"""The awaited face in the same storms: the same errors, the same counts, and a cancelled task breaks nothing."""

from __future__ import annotations

import asyncio
import json

import pytest
from faulty_proxy import Answer, Change, Drop, Hang, Pass

from hybrid import AsyncRetriever, Document
from hybrid.engines.factory import create_async_engine, open_async_engine
from hybrid.engines.opensearch import bulk, server
from hybrid.engines.opensearch.retrying import Backoff
from hybrid.errors import BundleMismatch, EncoderError, IndexLocked, IndexNotFound, ServerError, ServerUnavailable
from hybrid.testing import FakeEncoder

BUSY = {"type": "rejected_execution_exception", "reason": "rejected execution of coordinating operation"}
BUSY_ANSWER = json.dumps({"error": {"root_cause": [BUSY], **BUSY}, "status": 429}).encode()
PAGE = b"<html>502 Bad Gateway</html>"
NUMBER = 600


def batch(make, number=NUMBER, text="text"):
    return [make.encoded(str(n), f"{text} {n}", {text: (1, n, 0)}, (1, n)) for n in range(number)]


def texts(number=NUMBER, text="text"):
    return {str(n): f"{text} {n}" for n in range(number)}


@pytest.fixture
async def engine(place, proxy, make):
    """An empty index that is reached through the proxy."""
    made = await create_async_engine(place.behind(proxy), make.meta(), settings={"refresh_interval": "-1"})
    yield made
    await made.close()


async def test_of_those_who_write_at_the_same_time_nobody_writes_vectors_of_another_bundle(place):
    class Other(FakeEncoder):
        name = "other"

        def __init__(self):
            super().__init__(8)
            self.fingerprint = "another fingerprint"

    async with await AsyncRetriever.create(place.target, encoder=FakeEncoder(8)) as retriever:
        async with await AsyncRetriever.open(place.target, encoder=FakeEncoder(8)) as other:
            await other.rebuild(Other())
        runs = [retriever.index([Document(str(n), f"text {n}")]) for n in range(4)]
        found = await asyncio.gather(*runs, return_exceptions=True)
    assert [type(one) for one in found] == [BundleMismatch] * 4
    assert place.texts() == {}


async def test_a_run_goes_on_when_the_node_comes_back(mortal, mortal_place, monkeypatch):
    for module in (bulk, server):
        monkeypatch.setattr(module, "WRITING", Backoff(attempts=500, base=0.01, cap=0.2))
    halfway = asyncio.Event()
    documents = [Document(str(n), f"text {n}") for n in range(2_000)]
    async with await AsyncRetriever.create(mortal_place.target, encoder=FakeEncoder(8)) as retriever:

        def progress(report):
            if report.documents >= 1_000:
                halfway.set()

        run = asyncio.create_task(retriever.index(documents, batch_size=200, progress=progress))
        await halfway.wait()
        await asyncio.to_thread(mortal.kill)
        await asyncio.to_thread(mortal.restart)
        report = await run
        assert (report.documents, report.replaced, report.refused) == (2_000, 0, ())
        assert mortal_place.texts() == texts(2_000)
        again = await retriever.index(documents, batch_size=200, on_existing="skip")
        assert (again.documents, again.skipped) == (0, 2_000)
        assert await retriever.count() == mortal_place.count() == 2_000


@pytest.mark.parametrize(
    "act",
    [
        Pass(cut=0),
        Pass(cut=400),
        Hang(9, forward=True),
        Change(lambda _: PAGE, 502),
        Change(lambda answer: answer[:100]),
        Change(lambda _: b'{"took": "\xff\xfe"}'),
    ],
    ids=["no answer", "cut in the body", "hangs", "502", "half of the JSON", "not UTF-8"],
)
async def test_documents_whose_answer_was_lost_are_written_once_and_count_as_new(
    act, place, proxy, make, hurried, timeout
):
    engine = await create_async_engine(place.behind(proxy), make.meta())
    proxy.once("/_bulk", act)
    report = await engine.write(batch(make))
    assert {item.status for item in report.items} == {"written"}
    assert place.texts() == texts()
    proxy.once("/_bulk", act)
    assert await engine.delete([str(n) for n in range(NUMBER)]) == NUMBER
    assert place.count() == 0
    await engine.close()


async def test_a_busy_server_is_asked_again_and_one_that_stays_busy_is_an_error(engine, place, proxy, make, hurried):
    proxy.once("/_bulk", Answer(429, BUSY_ANSWER), times=hurried - 1)
    assert {item.status for item in (await engine.write(batch(make, 20))).items} == {"written"}
    assert place.texts() == texts(20)
    proxy.always("/_bulk", Answer(429, BUSY_ANSWER))
    with pytest.raises(ServerUnavailable) as caught:
        await engine.write(batch(make, 30))
    assert str(caught.value) == (
        f"{place.behind(proxy)}: the server cannot do this now (429): rejected execution of coordinating operation; "
        "0 of 30 documents of this batch were done before it"
    )
    assert place.texts() == texts(20)


@pytest.mark.parametrize("forward", [True, False])
async def test_a_server_that_hangs_is_an_error_in_time(forward, place, proxy, make, timeout, monkeypatch, clock):
    monkeypatch.setattr(bulk, "WRITING", Backoff(attempts=2, base=0.01, cap=0.05))
    engine = await create_async_engine(place.behind(proxy), make.meta())
    proxy.always("/_bulk", Hang(9, forward))
    proxy.always("/_search", Hang(9, forward))
    for ask in (lambda: engine.write(batch(make, 20)), lambda: engine.search(make.bound("typed"))):
        with pytest.raises(
            ServerUnavailable, match=rf"{place.behind(proxy)}: http://{proxy.url} did not answer in time"
        ):
            await ask()
    assert clock() < 10
    proxy.rules.clear()
    assert len((await engine.write(batch(make, 20))).items) == place.count() == 20
    assert len(await engine.search(make.bound("typed"))) == 10
    await engine.close()


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        (Drop(), ServerUnavailable, "broke off before the answer"),
        (Answer(502, PAGE), ServerUnavailable, "the server cannot do this now (502)"),
        (Change(lambda _: PAGE), ServerError, "that is no JSON"),
        (Change(lambda _: b'{"took": "\xff\xfe"}'), ServerError, "that is no JSON"),
        (Change(lambda _: b"[]"), ServerError, "is no JSON object"),
    ],
    ids=["drop", "502", "a page", "not UTF-8", "a list"],
)
async def test_a_question_without_a_usable_answer_is_an_error(act, kind, words, engine, place, proxy, make, hurried):
    await engine.write(batch(make, 20))
    await engine.refresh()
    proxy.always("/_search", act)
    proxy.always("/_mget", act)
    for ask in (
        lambda: engine.search(make.bound("typed")),
        engine.statistics,
        engine.centroids,
        lambda: engine.get(["0"]),
        lambda: engine.existing(["0"]),
    ):
        with pytest.raises(kind) as caught:
            await ask()
        assert str(caught.value).startswith(f"{place.behind(proxy)}: ")
        assert words in str(caught.value)
    proxy.rules.clear()
    assert len(await engine.search(make.bound("typed"))) == 10
    assert place.count() == 20


# Tasks are cancelled.


async def test_after_a_write_that_was_cancelled_the_engine_goes_on(engine, place, proxy, make):
    arrived = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(seen):
        if not seen.is_for("/_bulk"):
            return None
        loop.call_soon_threadsafe(arrived.set)
        return Pass(delay=0.3)

    proxy.rules.append(slowly)
    task = asyncio.create_task(engine.write(batch(make)))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    proxy.rules.clear()
    report = await engine.write(batch(make))
    assert {item.status for item in report.items} <= {"written", "replaced"}
    assert place.texts() == texts()
    await engine.refresh()
    assert len(await engine.search(make.bound("typed"))) == 10
    assert (await engine.statistics()).documents == NUMBER


async def test_of_writes_that_wait_for_each_other_one_is_cancelled_and_the_others_are_done(engine, place, proxy, make):
    proxy.once("/_bulk", Pass(delay=0.3))
    tasks = [asyncio.create_task(engine.write(batch(make, 20, text))) for text in ("one", "two", "three")]
    await asyncio.sleep(0.1)
    tasks[1].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(outcomes[1], asyncio.CancelledError)
    assert {item.status for item in outcomes[2].items} == {"replaced"}
    assert place.texts() == texts(20, "three")


async def test_after_a_question_that_was_cancelled_the_engine_goes_on(engine, place, proxy, make):
    await engine.write(batch(make, 20))
    await engine.refresh()
    proxy.once("/_search", Pass(delay=0.3), times=2)
    task = asyncio.create_task(engine.search(make.bound("typed")))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(await engine.search(make.bound("typed"))) == 10


async def test_a_rebuild_that_was_cancelled_leaves_everything_as_it_was(engine, place, make):
    await engine.write(batch(make, 20))
    begun = asyncio.Event()

    async def rebuild():
        async with engine.rebuild(engine.meta) as fresh:
            await fresh.write(batch(make, 20, "factory"))
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(rebuild())
    await begun.wait()
    other = await open_async_engine(place.target)
    with pytest.raises(IndexLocked, match="the index is being rebuilt by process"):
        await other.write(batch(make, 1))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert place.indices() == [f"{place.name}-000001"]
    assert "blocks" not in place.settings()
    assert place.texts() == texts(20)
    assert (await other.write(batch(make, 1))).items[0].status == "replaced"
    await other.close()


# Rebuilt and deleted under us.


async def test_a_swap_whose_answer_was_lost_is_noticed_as_done(engine, place, proxy, make, hurried):
    await engine.write(batch(make, 20))
    proxy.once("/_aliases", Pass(cut=0))
    async with engine.rebuild(engine.meta) as fresh:
        await fresh.write(batch(make, 20, "factory"))
    assert place.indices() == [f"{place.name}-000002"]
    assert place.texts() == texts(20, "factory")


class Failing(FakeEncoder):
    """Cannot encode while it is told to fail."""

    fails = False

    def encode(self, texts, spans=None):
        if self.fails:
            raise EncoderError("the model is gone")
        return super().encode(texts, spans)


async def test_an_encoder_that_fails_leaves_everything_as_it_was(place):
    encoder = Failing(8)
    documents = [Document(str(n), f"text {n}") for n in range(20)]
    async with await AsyncRetriever.create(place.target, encoder=encoder) as retriever:
        await retriever.index(documents)
        encoder.fails = True
        with pytest.raises(EncoderError, match="the model is gone"):
            await retriever.rebuild()
        encoder.fails = False
        assert place.indices() == [f"{place.name}-000001"]
        assert place.texts() == texts(20)
        assert (await retriever.index(documents)).replaced == 20
        assert (await retriever.rebuild()).documents == await retriever.count() == place.count() == 20


async def test_an_index_that_is_deleted_under_its_users_is_never_made_again(engine, place, make):
    await engine.write(batch(make, 20))
    place.node.request("DELETE", f"/{place.name}-000001")
    for ask in (
        lambda: engine.write(batch(make, 20)),
        lambda: engine.delete(["0"]),
        lambda: engine.search(make.bound("typed")),
        lambda: engine.get(["0"]),
        engine.refresh,
        engine.statistics,
        engine.centroids,
    ):
        with pytest.raises(IndexNotFound, match="there is no such index"):
            await ask()
    assert place.indices() == []
