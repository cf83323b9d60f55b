"""The means of an index's vectors: what is asked, what is read, how long it is remembered."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.engines.opensearch import index as module
from hybrid.engines.opensearch.centroids import EACH, SAMPLE, average
from hybrid.engines.opensearch.index import Index
from hybrid.engines.opensearch.messages import Response
from hybrid.errors import ServerError

WHAT = "opensearch://host:9200/news"


class Answering:
    """A server that has one answer for each leg."""

    what = WHAT

    def __init__(self, typed, dense=None):
        self.bodies, self.asked = {"typed": typed, "dense": typed if dense is None else dense}, []

    async def ask(self, request, **_):
        self.asked.append(request)
        return Response(200, self.bodies["typed" if b"mentions.vector" in request.body else "dense"])


def counted(count):
    return {"parts": {"doc_count": 9, "with_vector": {"doc_count": count}}}


def answer(leg, *inner, count=0, **changes):
    return {
        "timed_out": False,
        "_shards": {"total": 1, "successful": 1, "failed": 0},
        "hits": {"hits": [{"_id": str(n), "inner_hits": {leg: own}} for n, own in enumerate(inner)]},
        "aggregations": counted(count),
        **changes,
    }


def vectors(*rows):
    return {"hits": {"hits": [{"_source": {"vector": row}} for row in rows]}}


A, B = vectors([1, 0, 0], [0, 1, 0]), vectors([0, 0, 1])
TYPED = answer("typed", A, B, count=7)
DENSE = answer("dense", vectors([1, 0]), vectors([0, 1]), count=5)
LEGS = ("typed", "dense")


async def told(server, legs=LEGS):
    return {leg: (own.mean.tolist(), own.count) for leg, own in (await average(server, "news", legs)).items()}


async def test_the_means_are_over_the_vectors_that_came_and_the_counts_are_the_servers():
    expected = {"typed": ([pytest.approx(1 / 3)] * 3, 7), "dense": ([0.5, 0.5], 5)}
    assert await told(Answering(TYPED, DENSE)) == expected
    assert await told(Answering(TYPED, DENSE), ("typed",)) == {"typed": expected["typed"]}


async def test_a_leg_without_vectors_has_no_mean():
    assert await told(Answering(answer("typed"), DENSE)) == {"dense": ([0.5, 0.5], 5)}
    assert await told(Answering(answer("typed", vectors()), answer("dense"))) == {}


async def test_a_sample_of_documents_that_have_one_is_always_the_same_and_brings_nothing_but_its_vectors():
    server = Answering(TYPED, DENSE)
    await average(server, "a b", LEGS)
    await average(server, "a b", LEGS)
    assert server.asked[:2] == server.asked[2:]
    for request, leg, nested in zip(server.asked, LEGS, ("mentions", "passages"), strict=False):
        assert request.line == "POST /a%20b/_search?allow_partial_search_results=false"
        body = json.loads(request.body)
        drawn = body["query"]["function_score"]
        assert (body["size"], body["_source"]) == (SAMPLE, False)
        assert drawn["random_score"] == {"seed": 0, "field": "_seq_no"}
        part = drawn["query"]["nested"]
        assert (part["path"], part["query"]) == (nested, {"exists": {"field": f"{nested}.vector"}})
        assert part["inner_hits"] == {"name": leg, "size": EACH, "_source": [f"{nested}.vector"]}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"sign": "in"},
        {**TYPED, "hits": {}},
        {**TYPED, "hits": {"hits": None}},
        {**TYPED, "hits": {"hits": [7]}},
        {**TYPED, "hits": {"hits": [{"_source": {}}]}},
        {**TYPED, "hits": {"hits": [{"inner_hits": {}}]}},
        answer("typed", None),
        answer("typed", 7),
        answer("typed", {"hits": {}}),
        answer("typed", {"hits": {"hits": [{"_source": {}}]}}),
        answer("typed", {"hits": {"hits": [7]}}),
        answer("typed", vectors([1, 0, 0], [1, 0])),
        answer("typed", vectors(["a", "b"])),
        {**TYPED, "aggregations": None},
        {**TYPED, "aggregations": {}},
        {**TYPED, "aggregations": {"parts": {"doc_count": 1}}},
        answer("typed", A, count=None),
        answer("typed", A, count="many"),
        answer("typed", A, count=float("inf")),
    ],
    ids=str,
)
async def test_an_answer_that_cannot_be_read_is_an_error_that_names_the_target(body):
    with pytest.raises(ServerError, match="is there a proxy before it") as caught:
        await average(Fixed(body), "news", LEGS)
    assert str(caught.value).startswith(f"{WHAT}: ")


class Fixed(Answering):
    """A server that says the same to everything."""

    async def ask(self, request, **_):
        return Response(200, self.bodies["typed"])


async def test_an_answer_that_is_not_whole_is_an_error():
    with pytest.raises(ServerError, match=f"{WHAT}: a part of the index did not answer"):
        await average(Answering({**TYPED, "timed_out": True}), "news", LEGS)


KEYS = ["hits", "inner_hits", "_source", "vector", "typed", "dense", "with_vector", "doc_count", "x"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(width=32) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(st.fixed_dictionaries({}, optional={"hits": JSON, "aggregations": JSON}), st.lists(JSON, max_size=3), JSON)
async def test_any_json_is_read_or_is_an_error(changes, inner, vector):
    try:
        found = await average(Fixed({**answer("typed", *inner, vectors(vector)), **changes}), "news", ("typed",))
    except ServerError as error:
        assert str(error).startswith(f"{WHAT}: ")
    else:
        assert set(found) <= {"typed"}


async def test_means_are_remembered_as_long_as_the_caller_says(state, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    server = Answering(TYPED, DENSE)
    index = Index(server, state)
    first = await index.centroids(max_age=60)
    each = len(server.asked)
    now[0] += 60
    assert await index.centroids(max_age=60) is first
    assert len(server.asked) == each
    now[0] += 1
    assert await index.centroids(max_age=60) is not first
    now[0] += 1
    await index.centroids()
    assert len(server.asked) == 3 * each


async def test_that_there_are_none_is_not_remembered(state):
    server = Answering(answer("typed"), answer("dense"))
    index = Index(server, state)
    assert await index.centroids(max_age=60) == {}
    server.bodies = {"typed": TYPED, "dense": DENSE}
    assert (await index.centroids(max_age=60))["typed"].count == 7


async def test_while_one_asks_anew_others_take_what_is_remembered(state):
    server = Answering(TYPED, DENSE)
    index = Index(server, state)
    first = await index.centroids()
    index._averaging = True
    assert await index.centroids() is first


async def test_means_of_another_generation_are_not_remembered(state):
    server = Answering(TYPED, DENSE)
    index = Index(server, state)
    await index.centroids(max_age=60)
    each = len(server.asked)
    index._state = replace(state, index="news-000002")
    await index.centroids(max_age=60)
    await index.centroids(max_age=60)
    assert len(server.asked) == 2 * each
