"""The asynchronous face: the same names, arguments and answers."""

import asyncio
import inspect
from collections.abc import AsyncIterator

import pytest

from hybrid import AsyncRetriever, Document, IndexNotFound, Retriever
from hybrid.retriever.sync import Target
from hybrid.testing import FakeEncoder

DOCUMENTS = [Document("1", "Michelin is in France."), Document("2", "Pirelli is in Italy.")]


def public(face: type) -> dict[str, object]:
    return {name: member for name, member in inspect.getmembers(face) if not name.startswith("_") and name != "new_run"}


def test_both_faces_have_the_same_names_and_parameters() -> None:
    sync, asynchronous = public(Retriever), public(AsyncRetriever)
    assert sync.keys() == asynchronous.keys()
    for name, member in sync.items():
        if isinstance(member, property):
            assert isinstance(asynchronous[name], property), name
            continue
        one, other = inspect.signature(member), inspect.signature(asynchronous[name])  # type: ignore[arg-type]
        assert [(p.name, p.kind, p.default) for p in one.parameters.values()] == [
            (p.name, p.kind, p.default) for p in other.parameters.values()
        ], name
        assert inspect.iscoroutinefunction(asynchronous[name]), name


async def test_the_same_answers(target: Target) -> None:
    async with await AsyncRetriever.create(target, encoder=FakeEncoder()) as retriever:
        assert (await retriever.index(DOCUMENTS)).documents == 2
        hits = await retriever.find("Pirelli")
        plan = await retriever.plan("Pirelli")
        assert [hit.id for hit in await retriever.run(plan)] == [hit.id for hit in hits]
        assert await retriever.count() == (await retriever.statistics()).documents == 2
        assert [d and d.id for d in await retriever.get(["2", "3"])] == ["2", None]
        assert await retriever.delete("2") == 1
        assert (await retriever.rebuild()).documents == 1
    with Retriever.open(target, encoder=FakeEncoder()) as same:
        assert same.count() == 1


async def test_an_asynchronous_stream_is_indexed_in_batches(target: Target) -> None:
    async def stream() -> AsyncIterator[Document]:
        for i in range(5):
            await asyncio.sleep(0)
            yield Document(str(i), f"Ada met Bob{i}")

    told: list[int] = []
    async with await AsyncRetriever.create(target, encoder=FakeEncoder()) as retriever:
        report = await retriever.index(stream(), batch_size=2, progress=lambda r: told.append(r.documents))
        assert report.documents == await retriever.count() == 5
        assert told == [2, 4, 5]


async def test_an_asynchronous_stream_that_fails_keeps_what_it_gave(target: Target) -> None:
    async def stream() -> AsyncIterator[Document]:
        yield DOCUMENTS[0]
        raise RuntimeError("the source went away")

    async with await AsyncRetriever.create(target, encoder=FakeEncoder()) as retriever:
        with pytest.raises(RuntimeError, match="the source went away"):
            await retriever.index(stream())
        assert await retriever.count() == 1


async def test_questions_at_the_same_time(target: Target) -> None:
    async with await AsyncRetriever.create(target, encoder=FakeEncoder()) as retriever:
        await retriever.index(DOCUMENTS)
        answers = await asyncio.gather(*(retriever.find(word) for word in ["Pirelli", "Michelin"] * 20))
        assert [hits[0].id for hits in answers] == ["2", "1"] * 20


async def test_errors_are_the_same(target: Target) -> None:
    with pytest.raises(IndexNotFound):
        await AsyncRetriever.open(target, encoder=FakeEncoder())
