"""Requests that arrive together share passes; nobody waits for ever, and nobody pays for another's text."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from hybrid.errors import EncoderError
from hybrid.service.batcher import Batcher, Closing, QueueFull
from hybrid.service.limits import Limits
from hybrid.testing import FakeEncoder


class Watched(FakeEncoder):
    """Tells what each pass was given; waits at a gate where there is one."""

    def __init__(self) -> None:
        super().__init__(16)
        self.passes: list[list[str]] = []
        self.gate: threading.Event | None = None

    def encode_types(self, types):
        self.passes.append(list(types))
        if self.gate is not None:
            assert self.gate.wait(10)
        return super().encode_types(types)


@pytest.fixture
def encoder():
    return Watched()


async def _until(reached):
    async with asyncio.timeout(10):
        while not reached():
            await asyncio.sleep(0.001)


async def test_a_request_gets_what_the_encoder_gives(encoder):
    async with Batcher(encoder, Limits()) as batcher:
        rows = await batcher.submit("type", ["tyre maker", "river"])
        encodings = await batcher.submit("encode", ["Michelin is here."], [[(0, 8)]])
    np.testing.assert_array_equal(np.stack(rows), encoder.encode_types(["tyre maker", "river"]))
    assert [(own.start, own.end) for own in encodings[0].mentions] == [(0, 8)]


async def test_no_texts_give_nothing_without_a_pass(encoder):
    async with Batcher(encoder, Limits()) as batcher:
        assert await batcher.submit("type", []) == []
    assert encoder.passes == []


async def test_requests_that_wait_together_are_encoded_in_one_pass_and_each_gets_its_own(encoder):
    encoder.gate = threading.Event()
    ran = []
    async with Batcher(encoder, Limits(), lambda kind, texts: ran.append((kind, texts))) as batcher:
        first = asyncio.create_task(batcher.submit("type", ["first"]))
        await _until(lambda: encoder.passes)
        others = [asyncio.create_task(batcher.submit("type", [f"kind {at}", f"sort {at}"])) for at in range(5)]
        await _until(lambda: batcher.waiting == 6)
        encoder.gate.set()
        await first
        found = await asyncio.gather(*others)
    assert len(encoder.passes) == 2
    assert ran == [("type", 1), ("type", 10)]
    plain = FakeEncoder(16)
    for at, rows in enumerate(found):
        np.testing.assert_array_equal(np.stack(rows), plain.encode_types([f"kind {at}", f"sort {at}"]))


async def test_a_large_request_does_not_keep_a_small_one_waiting(encoder):
    encoder.gate = threading.Event()
    async with Batcher(encoder, Limits(batch=8)) as batcher:
        large = asyncio.create_task(batcher.submit("type", [f"kind {at}" for at in range(64)]))
        await _until(lambda: encoder.passes)
        small = asyncio.create_task(batcher.submit("type", ["river"]))
        await _until(lambda: batcher.waiting == 2)
        encoder.gate.set()
        await small
        assert not large.done()
        assert len(await large) == 64
    assert max(map(len, encoder.passes)) <= 8
    assert "river" in encoder.passes[1]


async def test_neither_does_one_of_another_kind_nor_many_large_ones(encoder):
    encoder.gate = threading.Event()
    async with Batcher(encoder, Limits(batch=2)) as batcher:
        large = [asyncio.create_task(batcher.submit("type", [f"kind {at}" for at in range(20)])) for _ in range(3)]
        await _until(lambda: encoder.passes and batcher.waiting == 3)
        small = [asyncio.create_task(batcher.submit(kind, ["river"])) for kind in ("encode", "query", "type")]
        await _until(lambda: batcher.waiting == 6)
        encoder.gate.set()
        await asyncio.gather(*small)
        assert not any(task.done() for task in large)
        assert [len(own) for own in await asyncio.gather(*large)] == [20, 20, 20]


async def test_a_small_request_does_not_wait_for_every_large_one_that_came_before(encoder):
    encoder.gate = threading.Event()
    async with Batcher(encoder, Limits(batch=8)) as batcher:
        large = [asyncio.create_task(batcher.submit("type", [f"kind {at}" for at in range(40)])) for _ in range(12)]
        await _until(lambda: encoder.passes and batcher.waiting == 12)
        small = asyncio.create_task(batcher.submit("type", ["river"]))
        await _until(lambda: batcher.waiting == 13)
        encoder.gate.set()
        await small
        assert not any(task.done() for task in large)
        await asyncio.gather(*large)
    assert "river" in encoder.passes[1]


async def test_kinds_are_not_mixed_in_a_pass(encoder):
    encoder.gate = threading.Event()
    ran = []
    async with Batcher(encoder, Limits(), lambda kind, texts: ran.append(kind)) as batcher:
        tasks = [asyncio.create_task(batcher.submit("type", ["a"]))]
        await _until(lambda: encoder.passes)
        tasks += [asyncio.create_task(batcher.submit(kind, ["river"])) for kind in ("type", "passage", "query")]
        await _until(lambda: batcher.waiting == 4)
        encoder.gate.set()
        await asyncio.gather(*tasks)
    # One kind after another.
    assert ran == ["type", "passage", "type", "query"]


async def test_a_text_that_is_refused_ends_its_own_request_alone_with_its_place_there(encoder):
    encoder.gate = threading.Event()
    async with Batcher(encoder, Limits()) as batcher:
        first = asyncio.create_task(batcher.submit("type", ["first"]))
        await _until(lambda: encoder.passes)
        good = asyncio.create_task(batcher.submit("type", ["river", "city"]))
        bad = asyncio.create_task(batcher.submit("type", ["volcano", "!!!"]))
        also = asyncio.create_task(batcher.submit("type", ["planet"]))
        await _until(lambda: batcher.waiting == 4)
        encoder.gate.set()
        await first
        with pytest.raises(EncoderError) as caught:
            await bad
        assert caught.value.position == 1
        assert (len(await good), len(await also)) == (2, 1)


async def test_texts_and_spans_that_cannot_be_used_are_refused_before_they_wait(encoder):
    async with Batcher(encoder, Limits()) as batcher:
        with pytest.raises(EncoderError, match="does not lie within"):
            await batcher.submit("encode", ["ab"], [[(0, 3)]])
        with pytest.raises(EncoderError, match="surrogate"):
            await batcher.submit("type", ["\ud800"])
        assert batcher.waiting == 0


async def test_one_more_than_may_wait_is_turned_away(encoder):
    encoder.gate = threading.Event()
    async with Batcher(encoder, Limits(waiting=2)) as batcher:
        tasks = [asyncio.create_task(batcher.submit("type", ["a"])) for _ in range(2)]
        await _until(lambda: encoder.passes and batcher.waiting == 2)
        with pytest.raises(QueueFull) as caught:
            await batcher.submit("type", ["b"])
        assert caught.value.retry_after >= 1
        encoder.gate.set()
        await asyncio.gather(*tasks)
        assert await batcher.submit("type", ["c"])


async def test_a_request_that_is_cancelled_frees_its_place(encoder):
    encoder.gate = threading.Event()
    async with Batcher(encoder, Limits()) as batcher:
        first = asyncio.create_task(batcher.submit("type", ["first"]))
        await _until(lambda: encoder.passes)
        gone = asyncio.create_task(batcher.submit("type", ["nobody waits for this"]))
        await _until(lambda: batcher.waiting == 2)
        gone.cancel()
        await asyncio.wait([gone])
        assert batcher.waiting == 1
        encoder.gate.set()
        await first
        assert await batcher.submit("type", ["next"])
    assert ["nobody waits for this"] not in encoder.passes


async def test_a_request_that_is_cancelled_while_it_runs_hurts_nobody(encoder):
    encoder.gate = threading.Event()
    async with Batcher(encoder, Limits()) as batcher:
        gone = asyncio.create_task(batcher.submit("type", ["first"]))
        await _until(lambda: encoder.passes)
        gone.cancel()
        await asyncio.wait([gone])
        encoder.gate.set()
        assert len(await batcher.submit("type", ["next"])) == 1


async def test_what_the_encoder_cannot_do_reaches_those_who_asked_and_the_next_are_served(encoder, monkeypatch):
    async with Batcher(encoder, Limits()) as batcher:
        with monkeypatch.context() as broken:
            broken.setattr(encoder, "encode_types", lambda types: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await batcher.submit("type", ["a"])
        assert await batcher.submit("type", ["a"])


@pytest.mark.parametrize("error", [KeyboardInterrupt, StopIteration, type("Panic", (BaseException,), {})])
async def test_nothing_that_a_pass_raises_ends_the_worker(encoder, monkeypatch, error):
    def panics(types):
        raise error

    async with Batcher(encoder, Limits()) as batcher:
        with monkeypatch.context() as broken:
            broken.setattr(encoder, "encode_types", panics)
            with pytest.raises(RuntimeError):
                await batcher.submit("type", ["a"])
            broken.setattr(encoder, "encode_types", lambda types: [])
            with pytest.raises(RuntimeError, match="0 results for 1 texts"):
                await batcher.submit("type", ["a"])
        assert await batcher.submit("type", ["a"])


async def test_what_was_taken_is_finished_before_it_ends_and_nothing_new_is_taken(encoder):
    encoder.gate = threading.Event()
    batcher = await Batcher(encoder, Limits()).__aenter__()
    taken = asyncio.create_task(batcher.submit("type", ["first"]))
    await _until(lambda: encoder.passes)
    ending = asyncio.create_task(batcher.__aexit__())
    await asyncio.sleep(0)
    with pytest.raises(Closing):
        await batcher.submit("type", ["late"])
    encoder.gate.set()
    await ending
    assert len(await taken) == 1
