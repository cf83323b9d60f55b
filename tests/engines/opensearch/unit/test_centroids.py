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
    """A server that has one answer."""

    what = WHAT

    def __init__(self, body):
        self.body, self.asked = body, []

    async def ask(self, request, **_):
        self.asked.append(request)
        return Response(200, self.body)


def counts(typed, dense):
    return {
        leg: {"doc_count": 9, "with_vector": {"doc_count": own}} for leg, own in (("typed", typed), ("dense", dense))
    }


def answer(*inner, typed=0, dense=0, **changes):
    return {
        "timed_out": False,
        "_shards": {"total": 1, "successful": 1, "failed": 0},
        "hits": {"hits": [{"_id": str(n), "inner_hits": own} for n, own in enumerate(inner)]},
        "aggregations": counts(typed, dense),
        **changes,
    }


def vectors(*rows):
    return {"hits": {"hits": [{"_source": {"vector": row}} for row in rows]}}


A = {"typed": vectors([1, 0, 0], [0, 1, 0]), "dense": vectors([1, 0])}
B = {"typed": vectors([0, 0, 1]), "dense": vectors([0, 1])}
WHOLE = answer(A, B, typed=7, dense=5)


async def told(body):
    return {leg: (own.mean.tolist(), own.count) for leg, own in (await average(Answering(body), "news")).items()}


async def test_the_means_are_over_the_vectors_that_came_and_the_counts_are_the_servers():
    assert await told(WHOLE) == {"typed": ([pytest.approx(1 / 3)] * 3, 7), "dense": ([0.5, 0.5], 5)}


@pytest.mark.parametrize("inner", [{}, {"typed": vectors()}, {"typed": vectors(), "dense": vectors()}], ids=str)
async def test_a_document_may_lack_vectors(inner):
    assert await told(answer(inner)) == {}
    assert await told(answer(inner, B, typed=1, dense=1)) == {"typed": ([0, 0, 1], 1), "dense": ([0, 1], 1)}


async def test_without_documents_there_are_no_means():
    assert await told(answer()) == {}


async def test_a_sample_that_is_always_the_same_is_asked_for_and_nothing_but_its_vectors():
    server = Answering(WHOLE)
    await average(server, "a b")
    await average(server, "a b")
    request, again = server.asked
    assert request == again
    assert request.line == "POST /a%20b/_search?allow_partial_search_results=false"
    body = json.loads(request.body)
    drawn = body["query"]["function_score"]
    assert (body["size"], body["_source"]) == (SAMPLE, False)
    assert drawn["random_score"] == {"seed": 0, "field": "_seq_no"}
    assert [part["nested"]["inner_hits"] for part in drawn["query"]["bool"]["should"]] == [
        {"name": "typed", "size": EACH, "_source": ["mentions.vector"]},
        {"name": "dense", "size": EACH, "_source": ["passages.vector"]},
    ]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"sign": "in"},
        {**WHOLE, "hits": {}},
        {**WHOLE, "hits": {"hits": None}},
        {**WHOLE, "hits": {"hits": [7]}},
        {**WHOLE, "hits": {"hits": [{"_source": {}}]}},
        answer(None),
        answer({"typed": 7}),
        answer({"typed": {"hits": {}}}),
        answer({"typed": {"hits": {"hits": [{"_source": {}}]}}}),
        answer({"typed": {"hits": {"hits": [7]}}}),
        answer({"typed": vectors([1, 0, 0], [1, 0])}),
        answer({"typed": vectors(["a", "b"])}),
        {**WHOLE, "aggregations": None},
        {**WHOLE, "aggregations": {}},
        {**WHOLE, "aggregations": {"typed": counts(1, 1)["typed"]}},
        {**WHOLE, "aggregations": {"typed": {"doc_count": 1}, "dense": {"doc_count": 1}}},
        answer(A, typed=None),
        answer(A, typed="many"),
        answer(A, typed=float("inf")),
    ],
    ids=str,
)
async def test_an_answer_that_cannot_be_read_is_an_error_that_names_the_target(body):
    with pytest.raises(ServerError, match="is there a proxy before it") as caught:
        await average(Answering(body), "news")
    assert str(caught.value).startswith(f"{WHAT}: ")


async def test_an_answer_that_is_not_whole_is_an_error():
    with pytest.raises(ServerError, match=f"{WHAT}: a part of the index did not answer"):
        await average(Answering({**WHOLE, "timed_out": True}), "news")


KEYS = ["hits", "inner_hits", "_source", "vector", "typed", "dense", "with_vector", "doc_count", "x"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(width=32) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(st.fixed_dictionaries({}, optional={"hits": JSON, "aggregations": JSON}), st.lists(JSON, max_size=3), JSON)
async def test_any_json_is_read_or_is_an_error(changes, inner, vector):
    try:
        found = await average(Answering({**answer(*inner, {"typed": vectors(vector)}), **changes}), "news")
    except ServerError as error:
        assert str(error).startswith(f"{WHAT}: ")
    else:
        assert set(found) <= {"typed", "dense"}


async def test_means_are_remembered_as_long_as_the_caller_says(state, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    server = Answering(WHOLE)
    index = Index(server, state)
    first = await index.centroids(max_age=60)
    now[0] += 60
    assert await index.centroids(max_age=60) is first
    assert len(server.asked) == 1
    now[0] += 1
    assert await index.centroids(max_age=60) is not first
    now[0] += 1
    await index.centroids()
    assert len(server.asked) == 3


async def test_means_of_another_generation_are_not_remembered(state):
    server = Answering(WHOLE)
    index = Index(server, state)
    await index.centroids(max_age=60)
    index._state = replace(state, index="news-000002")
    await index.centroids(max_age=60)
    await index.centroids(max_age=60)
    assert len(server.asked) == 2
