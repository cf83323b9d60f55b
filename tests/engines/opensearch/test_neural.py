"""Questions in words on real nodes with ML Commons: the service encodes them, and nobody sees a vector."""

from __future__ import annotations

import json

import pytest
from cluster import cluster_on, encoder_service

from hybrid import Retriever
from hybrid.engines.opensearch.administration import set_up
from hybrid.errors import InvalidInput, InvalidQuery
from hybrid.testing import FakeEncoder

TEXTS = {
    "a": "Michelin opened a plant in Nova Scotia.",
    "b": "The Labour Party won the vote in Leeds.",
    "c": "Fossils of Tyrannosaurus were found in Alberta.",
    "d": "Pirelli supplies tyres to Ferrari.",
    "e": "🦕 בישראל Goodyear חתמה",
}


@pytest.fixture(scope="module")
def place(ml_node, encoder):
    """An index of TEXTS, set up with a service; `place.retriever` is open."""
    made = cluster_on(ml_node)
    cluster = next(made)
    with encoder_service(encoder) as service, Retriever.create(cluster.target, encoder=encoder) as cluster.retriever:
        documents = [{"id": id, "text": text, "fields": {"n": n}} for n, (id, text) in enumerate(TEXTS.items())]
        cluster.retriever.index(documents)
        set_up(cluster.target, service=service.url)
        yield cluster
    next(made, None)


def pasted(place, request):
    """The answer to a request as Dev Tools sends it."""
    line, body = request.split("\n", 1)
    method, path = line.split(" ")
    return place.node.request(method, path, body)["hits"]["hits"]


@pytest.mark.parametrize(
    ("how", "options"),
    [
        ("auto", {}),
        ("typed", {}),
        ("dense", {"about": "a plant in Canada"}),
        ("lexical", {"type": "tyres"}),
        ("min_max(typed=1, dense=.25, lexical=.3)", {"where": {"n": {">=": 2}}, "k": 2, "offset": 1}),
        ("l2.geometric(typed, dense)", {"about": "Nova Scotia"}),
        ("rrf(typed, lexical)", {"type": 'tyre "maker" 🦕'}),
    ],
)
def test_the_request_gives_the_hits_of_find(place, how, options):
    asked = {"type": "tyre maker", "how": how} | options
    plan = place.retriever.plan(**asked)
    request = place.retriever.console(plan, neural=True)
    assert '"vector"' not in request
    uncentred = place.retriever.plan(**asked | {"how": how_without_centring(place, plan)})
    expected = place.retriever.run(uncentred)
    found = pasted(place, request)
    assert [hit["_id"] for hit in found] == [hit.id for hit in expected]
    assert [hit["_score"] for hit in found] == pytest.approx([hit.score for hit in expected], rel=1e-5)


def how_without_centring(place, plan):
    from dataclasses import replace

    from hybrid.planning.serialization import how_of

    return how_of(replace(plan, centring=0.0)) if plan.centring is not None else how_of(plan)


@pytest.mark.parametrize(("path", "words"), [("mentions", "tyre maker"), ("passages", "a plant in Canada")])
def test_a_neural_query_that_a_person_types_needs_no_model_where_the_pipeline_names_it(place, path, words):
    body = {"query": {"nested": {"path": path, "score_mode": "max", "query": neural(path, words)}}}
    where = f"/{place.name}/_search?search_pipeline=hybrid-{place.name}"
    found = place.node.request("POST", where, body)["hits"]["hits"]
    leg = "typed" if path == "mentions" else "dense"
    expected = place.retriever.find(words, how=f"{leg}; centring=0")
    assert [hit["_id"] for hit in found] == [hit.id for hit in expected]
    assert [hit["_score"] for hit in found] == pytest.approx([hit.score for hit in expected], abs=1e-6)


def neural(path, words):
    return {"neural": {f"{path}.vector": {"query_text": words, "k": 100, "expand_nested_docs": True}}}


@pytest.mark.parametrize("pipeline", ["hybrid-{}", "hybrid-{}-RRF"])
def test_a_hybrid_query_that_a_person_types_is_fused_by_the_pipeline(place, encoder, pipeline):
    nested = [
        {"nested": {"path": path, "score_mode": "max", "query": neural(path, "tyre maker")}}
        for path in ("mentions", "passages")
    ]
    body = {"query": {"hybrid": {"pagination_depth": 100, "queries": [*nested, {"match": {"text": "tyre maker"}}]}}}
    where = f"/{place.name}/_search?search_pipeline={pipeline.format(place.name)}"
    found = place.node.request("POST", where, body)["hits"]["hits"]
    fused = encoder.how.partition(";")[0] if pipeline == "hybrid-{}" else "rrf(typed, dense, lexical)"
    expected = place.retriever.find("tyre maker", how=f"{fused}; depth=100; centring=0")
    assert [hit["_id"] for hit in found] == [hit.id for hit in expected]
    assert [hit["_score"] for hit in found] == pytest.approx([hit.score for hit in expected], rel=1e-5)


def test_the_command_prints_the_request_and_says_that_it_is_not_centred(hybrid, place):
    result = hybrid("plan", place.target, "tyre maker", "--console", "--neural")
    assert result.code == 0
    assert result.out == place.retriever.console(place.retriever.plan("tyre maker"), neural=True)
    assert result.err.startswith(
        "Warning: words are not centred by the server: these are the answers of --how 'min_max("
    )
    assert "centring=0'" in result.err
    with_json = hybrid("plan", place.target, "tyre maker", "--console", "--neural", "--json")
    assert "not centred" in json.loads(with_json.err)["warning"]
    assert hybrid("plan", place.target, "tyre maker", "--console", "--neural", "--how", "typed;centring=0").err == ""
    assert hybrid("plan", place.target, "tyre maker", "--neural").code == 2


def test_an_exact_plan_takes_a_vector(place):
    plan = place.retriever.plan("tyre maker", how="typed", exact=True)
    with pytest.raises(InvalidQuery, match="takes a vector and no words; leave exact out"):
        place.retriever.console(plan, neural=True)


def test_without_models_the_command_to_set_them_up_is_named(cluster, encoder):
    with Retriever.create(cluster.target, encoder=encoder) as retriever:
        wanted = rf"run hybrid setup {cluster.target} --service ADDRESS"
        with pytest.raises(
            InvalidQuery, match=f"no model type of the index's bundle, to encode questions with; {wanted}"
        ):
            retriever.console(retriever.plan("tyre maker", how="typed"), neural=True)


def test_models_of_another_bundle_than_the_index_are_not_asked(cluster, encoder):
    with encoder_service(encoder) as service, Retriever.create(cluster.target, encoder=encoder) as retriever:
        set_up(cluster.target, service=service.url)
        meta = cluster.get(f"/{cluster.name}/_mapping")[f"{cluster.name}-000001"]["mappings"]["_meta"]
        meta["hybrid"] |= {"bundle": "fake", "fingerprint": FakeEncoder().fingerprint}
        cluster.node.request("PUT", f"/{cluster.name}/_mapping", {"_meta": meta})
    with Retriever.open(cluster.target, encoder=FakeEncoder()) as retriever:
        with pytest.raises(InvalidQuery, match="no model type of the index's bundle, to encode questions with"):
            retriever.console(retriever.plan("tyre maker", how="typed"), neural=True)
        assert "query_text" not in retriever.console(retriever.plan("tyre maker", how="lexical"), neural=True)


def test_a_folder_has_no_request(tmp_path, encoder):
    with Retriever.create(tmp_path / "index", encoder=encoder) as retriever:
        retriever.index([{"id": "a", "text": TEXTS["a"]}])
        with pytest.raises(InvalidInput, match="an index in a folder is asked by no request"):
            retriever.console(retriever.plan("tyre maker"), neural=True)
