"""One code for two faces: it runs to its end where nothing waits, and waits where something does."""

from __future__ import annotations

import asyncio
import threading

import pytest

from hybrid.engines.adapting import Adapted, finish, finish_each, here, in_thread
from hybrid.engines.factory import create_engine


async def doubled(number):
    return 2 * await here(lambda: number)


def test_what_never_waits_is_finished_at_once():
    assert finish(doubled(21)) == 42


def test_an_error_comes_out_as_it_is():
    async def fail():
        raise KeyError("a")

    with pytest.raises(KeyError, match="a"):
        finish(fail())


def test_what_waits_is_a_mistake_and_is_closed():
    closed = []

    async def wait():
        try:
            await asyncio.sleep(0)
        finally:
            closed.append(True)

    with pytest.raises(RuntimeError, match="waits for something"):
        finish(wait())
    assert closed == [True]


def test_items_of_a_generator_come_one_by_one_and_it_is_closed_where_nobody_wants_more():
    closed = []

    async def numbers():
        try:
            for number in range(10):
                yield number
        finally:
            closed.append(True)

    assert list(finish_each(numbers())) == list(range(10))
    some = finish_each(numbers())
    assert [next(some), next(some)] == [0, 1]
    some.close()
    assert closed == [True, True]


async def test_blocking_work_is_done_in_another_thread():
    assert await in_thread(threading.get_ident) != threading.get_ident()
    assert await here(threading.get_ident) == threading.get_ident()


async def test_an_adapted_engine_does_what_the_engine_does(make, tmp_path):
    engine = create_engine(tmp_path / "index", make.meta())
    awaited = Adapted(engine, in_thread)
    documents = [make.encoded(str(n), "a plant", {"plant": (1, 0, 0)}, (1, 0)) for n in range(150)]
    assert len((await awaited.write(documents)).items) == 150
    await awaited.refresh()
    assert awaited.meta == engine.meta
    assert awaited.cheap_refresh is True
    assert await awaited.existing(["1", "x"]) == {"1"}
    assert (await awaited.get(["1"]))[0].text == "a plant"
    assert len(await awaited.search(make.bound("typed"))) == 10
    assert (await awaited.statistics()).documents == 150
    assert {leg: own.count for leg, own in (await awaited.centroids()).items()} == {"typed": 150, "dense": 150}
    assert len([document async for document in awaited.documents()]) == 150
    assert len([encoded async for encoded in awaited.scan()]) == 150
    assert await awaited.delete(["1"]) == 1
    async with awaited.rebuild(make.meta(bundle="other")) as fresh:
        await fresh.write(documents[:3])
    assert awaited.meta.bundle == "other"
    with pytest.raises(KeyError):
        async with awaited.rebuild(make.meta()) as fresh:
            raise KeyError
    assert (await awaited.statistics()).documents == 3
    await awaited.close()
