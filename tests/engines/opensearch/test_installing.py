"""`setup` and `drop` on real nodes, and the files in mappings/ as a person in Dashboards pastes them."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import replace

import pytest
from cluster import ML, Cluster, cluster_on, encoder_service

from hybrid import Retriever
from hybrid.encoding.protocol import Dimensions
from hybrid.engines.factory import open_engine
from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.administration import drop, set_up
from hybrid.engines.opensearch.installing import search_hows
from hybrid.engines.opensearch.versions import version_of
from hybrid.errors import AccessDenied, IndexNotFound, IndexStateError, InvalidInput, ServerError
from hybrid.planning.notation import parse_how, print_how
from hybrid.testing import FakeEncoder

LEGS, WITHOUT_DENSE = Dimensions(8, 8).legs, Dimensions(8, None).legs
TEXT = "Michelin opened a plant in Nova Scotia."
NOTHING = "nothing to do: everything is as it should be\n"
KINDS = ("type", "query", "passage")


@pytest.fixture(scope="module")
def services(encoder):
    """Two encoder services at two addresses."""
    with encoder_service(encoder) as one, encoder_service(encoder) as other:
        yield one, other


@pytest.fixture(scope="module")
def service(services):
    return services[0]


def sentences(steps):
    return [step.what for step in steps]


# Installing.


def test_setup_installs_what_an_index_needs_and_is_at_rest_then(hybrid, cluster, encoder, service, version):
    result = hybrid("setup", cluster.target, "--service", f"{service.url}/")
    own = f"hybrid-{cluster.name}"
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        f"{sentence.format(cluster.name)}: done"
        for sentence in (
            "create the index {}",
            *(
                f"{doing} hybrid-{{}}-{kind}"
                for kind in KINDS
                for doing in ("create the connector", "register the model", "deploy the model")
            ),
            "install the search pipeline hybrid-{}",
            "install the search pipeline hybrid-{}-RRF",
            "install the ingest pipeline hybrid-{}",
        )
    ]
    there = cluster.everything()
    assert list(there["indices"]) == [f"{cluster.name}-000001"]
    assert cluster.name in there["indices"][f"{cluster.name}-000001"]["aliases"]
    fusion = replace(parse_how(encoder.how), centring=None)
    assert there["search pipelines"][own]["description"] == print_how(fusion)
    legs = ", ".join(term.leg for term in parse_how(encoder.how).terms)
    assert there["search pipelines"][f"{own}-RRF"]["description"] == f"rrf({legs})"
    models = {model["name"].rpartition("-")[2]: model for model in there["models"]}
    connectors = {connector["id"]: connector for connector in there["connectors"]}
    assert (models.keys(), len(connectors)) == (set(KINDS), 3)
    for kind, model in models.items():
        assert (model["model_state"], model["name"]) == ("DEPLOYED", f"{own}-{kind}")
        (action,) = connectors[model["connector_id"]]["actions"]
        assert action["url"] == f"{service.url}/v1/embeddings"
        assert f'"model": "{kind}@{encoder.fingerprint[:16]}"' in action["request_body"]
    assert there["ingest pipelines"][own]["processors"][1]["text_embedding"]["model_id"] == models["passage"]["id"]
    for pipeline in (own, f"{own}-RRF"):
        (enricher,) = there["search pipelines"][pipeline]["request_processors"]
        by_field = {"mentions.vector": models["type"]["id"], "passages.vector": models["query"]["id"]}
        assert enricher == {"neural_query_enricher": {"neural_field_default_id": by_field}}
    for options in ([], ["--service", service.url], ["--dry-run"]):
        assert hybrid("setup", cluster.target, *options).out == NOTHING
    assert hybrid("setup", cluster.target, "--json").out == ""
    assert cluster.everything() == there


def test_a_dry_run_prints_the_requests_and_changes_nothing(hybrid, cluster, service):
    before = cluster.everything()
    result = hybrid("setup", cluster.target, "--service", service.url, "--dry-run")
    assert (result.code, result.err) == (0, "")
    assert cluster.everything() == before
    assert sentences(set_up(cluster.target, service=service.url, dry=True)) == [
        line.removeprefix("# ") for line in result.out.splitlines() if line.startswith("# ")
    ]
    steps = [json.loads(line) for line in hybrid("setup", cluster.target, "--dry-run", "--json").out.splitlines()]
    assert [step["done"] for step in steps] == [False] * 3
    assert steps[1]["request"].startswith(f"PUT /_search/pipeline/hybrid-{cluster.name}?")
    assert cluster.everything() == before


def test_what_a_dry_run_prints_can_be_pasted_and_does_what_setup_does(hybrid, cluster, service):
    printed = hybrid("setup", cluster.target, "--service", service.url, "--dry-run").out
    ids = {}
    for step in printed.removeprefix("# ").split("\n# "):
        for word, id in ids.items():
            step = step.replace(word, id)
        _, line, *body = step.split("\n", 2)
        method, path = line.split(" ")
        answer = cluster.node.request(method, path, "".join(body).strip() or None)
        made = json.loads("".join(body) or "{}").get("name", "").rpartition("-")[2].upper()
        ids |= {
            f"{part.upper()}_{made}": answer[f"{part}_id"] for part in ("connector", "model") if f"{part}_id" in answer
        }
    wait_for(lambda: {model["model_state"] for model in cluster.of_ml("models")} == {"DEPLOYED"})
    assert set_up(cluster.target, service=service.url) == []


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_new_address_of_the_service_is_brought_to_the_model(cluster, services):
    first, second = services
    set_up(cluster.target, service=first.url)
    dry = sentences(set_up(cluster.target, service=second.url, dry=True))
    assert endpoints(cluster) == {first.url}
    assert sentences(set_up(cluster.target, service=second.url)) == dry
    assert endpoints(cluster) == {second.url}
    assert len(cluster.of_ml("models")) == 3
    assert set_up(cluster.target, service=second.url) == []
    before = first.requests
    cluster.write("a", {"text": "Pirelli supplies Ferrari."}, f"hybrid-{cluster.name}")
    assert "Pirelli supplies Ferrari." in second.asked
    assert first.requests == before


def endpoints(cluster):
    """Addresses that a model of ours calls."""
    used = {model["connector_id"] for model in cluster.of_ml("models")}
    found = [connector for connector in cluster.of_ml("connectors") if connector["id"] in used]
    return {connector["actions"][0]["url"].removesuffix("/v1/embeddings") for connector in found}


def test_the_service_is_shown_its_key_which_nobody_else_is(hybrid, cluster, encoder, monkeypatch, caplog):
    caplog.set_level("DEBUG")
    with encoder_service(encoder, key="open-sesame") as service:
        monkeypatch.setenv("HYBRID_SERVICE_KEY", "wrong-sesame")
        with pytest.raises(AccessDenied, match=r"hybrid-\S+-type does not answer: .*key_missing.* HYBRID_SERVICE_KEY"):
            set_up(cluster.target, service=service.url)
        monkeypatch.setenv("HYBRID_SERVICE_KEY", "open-sesame\n")
        assert cluster.of_ml("models") == []
        assert hybrid("setup", cluster.target, "--service", service.url).code == 0
        assert hybrid("setup", cluster.target, "--service", service.url).out == NOTHING
        hybrid("drop", cluster.target)
        shown = hybrid("setup", cluster.target, "--service", service.url, "--dry-run").out
        assert shown.count('"key": "$HYBRID_SERVICE_KEY"') == 3
        assert "sesame" not in shown + json.dumps(cluster.everything()) + caplog.text


def test_a_new_key_of_the_service_is_brought_to_the_connectors(cluster, encoder, monkeypatch):
    with encoder_service(encoder, key="open-sesame") as service:
        monkeypatch.setenv("HYBRID_SERVICE_KEY", "open-sesame")
        set_up(cluster.target, service=service.url)
        models = cluster.of_ml("models")
        # As if the service had had another key until now.
        for model in models:
            cluster.node.request("POST", f"{ML}/models/{model['id']}/_undeploy")
        for model in models:
            former = {"credential": {"key": "former-sesame"}}
            cluster.node.request("PUT", f"{ML}/connectors/{model['connector_id']}", former)
            cluster.node.request("POST", f"{ML}/models/{model['id']}/_deploy")
        done = sentences(set_up(cluster.target, service=service.url))
        assert [step for step in done if step.startswith("update")] == [
            f"update the connector hybrid-{cluster.name}-{kind}" for kind in KINDS
        ]
        assert set_up(cluster.target, service=service.url) == []


def test_a_service_of_another_bundle_is_refused(cluster, encoder):
    with encoder_service(Other(encoder)) as service, pytest.raises(ServerError, match="this service has bundle other"):
        set_up(cluster.target, service=service.url)


def test_whoever_asks_a_model_cannot_send_the_key_elsewhere(cluster, service, encoder, monkeypatch):
    monkeypatch.setenv("HYBRID_SERVICE_KEY", "open-sesame")
    set_up(cluster.target, service=service.url)
    with encoder_service(Other(encoder)) as foreign:
        for model in cluster.of_ml("models"):
            parameters = {"input": ["city"], "endpoint": foreign.url, "model": "passage", "url": foreign.url}
            cluster.node.request("POST", f"{ML}/models/{model['id']}/_predict", {"parameters": parameters})
        assert foreign.requests == 0


def test_what_somebody_deleted_by_hand_is_made_again(cluster, service):
    set_up(cluster.target, service=service.url)
    own = f"hybrid-{cluster.name}"
    gone = {model["name"]: model for model in cluster.of_ml("models")}[f"{own}-query"]
    cluster.node.request("POST", f"{ML}/models/{gone['id']}/_undeploy")
    cluster.node.request("DELETE", f"{ML}/models/{gone['id']}")
    assert sentences(set_up(cluster.target)) == [
        f"update the search pipeline {own}",
        f"update the search pipeline {own}-RRF",
    ]
    done = [step for step in sentences(set_up(cluster.target, service=service.url)) if not step.startswith("delete")]
    assert done == [
        f"create the connector {own}-query",
        f"register the model {own}-query",
        f"deploy the model {own}-query",
        f"update the search pipeline {own}",
        f"update the search pipeline {own}-RRF",
    ]
    assert set_up(cluster.target, service=service.url) == []


def test_an_index_that_went_over_to_another_bundle_asks_the_old_one_no_more(cluster, service, encoder):
    set_up(cluster.target, service=service.url)
    own = f"hybrid-{cluster.name}"
    with Retriever.open(cluster.target, encoder=encoder) as retriever:
        retriever.rebuild(encoder)
        with pytest.warns(UserWarning, match=rf"run hybrid setup {cluster.target} --service ADDRESS again"):
            retriever.rebuild(FakeEncoder())
    before = service.requests
    cluster.write("a", {"text": TEXT}, own)
    assert service.requests == before
    there = cluster.everything()
    assert all("request_processors" not in there["search pipelines"][name] for name in (own, f"{own}-RRF"))
    with Retriever.open(cluster.target, encoder=FakeEncoder()) as retriever:
        assert (retriever.statistics().pending, retriever.complete().documents) == (1, 1)


def test_many_long_documents_in_one_request_are_not_too_much_for_the_service(cluster):
    Retriever.create(cluster.target, encoder=FakeEncoder()).close()
    lines = [line for n in range(12) for line in ({"index": {"_id": f"long-{n}"}}, {"text": f"plant {n} " * 15_000})]
    body = "".join(f"{json.dumps(line)}\n" for line in lines)
    with encoder_service(FakeEncoder()) as service:
        set_up(cluster.target, service=service.url)
        where = f"/{cluster.name}/_bulk?refresh=true&pipeline=hybrid-{cluster.name}"
        assert not cluster.node.request("POST", where, body)["errors"]
    with Retriever.open(cluster.target, encoder=False) as retriever:
        assert retriever.statistics().passages > 1_000


class Other:
    """An encoder of the same widths and another fingerprint."""

    name, fingerprint = "other", "f" * 64

    def __init__(self, encoder):
        self._encoder = encoder

    def __getattr__(self, name):
        return getattr(self._encoder, name)


@pytest.mark.parametrize("key", [None, "wrong-sesame"])
def test_a_service_that_does_not_answer_takes_the_place_of_none_that_does(cluster, encoder, monkeypatch, key):
    with encoder_service(encoder, key="open-sesame") as good, encoder_service(Other(encoder), key=key) as foreign:
        monkeypatch.setenv("HYBRID_SERVICE_KEY", "open-sesame")
        set_up(cluster.target, service=good.url)
        before = cluster.everything()
        with pytest.raises((ServerError, AccessDenied), match="does not answer"):
            set_up(cluster.target, service=foreign.url)
        assert endpoints(cluster) == {good.url}
        assert cluster.everything()["search pipelines"] == before["search pipelines"]
        monkeypatch.delenv("HYBRID_SERVICE_KEY")
        # The key that the connectors have is still the one that was given.
        assert set_up(cluster.target, service=good.url) == []


def test_a_service_that_is_away_is_named(cluster):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(
        ServerError, match=r"the model hybrid-\S+-type does not answer: .*(refused|unreachable|connect)"
    ):
        set_up(cluster.target, service=f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8100", "ftp://host", "http://", "http://me:secret@host", "http://h/?a=b"]
)
def test_an_address_that_is_none_is_refused_before_anything_is_asked(bare, address):
    with pytest.raises(InvalidInput, match=r"no address of an encoder service; expected http://HOST:PORT") as caught:
        set_up(bare.target, service=address)
    assert "secret" not in str(caught.value)
    assert not bare.everything()["indices"]


# A cluster whose settings forbid it.


@pytest.fixture(scope="module")
def wary(version, opensearch_node):
    """A name on a node whose ML Commons may call one other service alone, and no machine of its own network."""
    regexes = ["^https://models\\.example/.*$"]
    settings = {
        "plugins.ml_commons.trusted_connector_endpoints_regex": regexes,
        "plugins.ml_commons.connector.private_ip_enabled": "false",
    }
    yield from cluster_on(opensearch_node(version, ml=True, settings=settings))


def trusted(cluster):
    found = cluster.get("/_cluster/settings?flat_settings=true")["persistent"]
    return found.get("plugins.ml_commons.trusted_connector_endpoints_regex")


def test_the_cluster_calls_no_service_that_nobody_let_it(hybrid, wary, service):
    result = hybrid("setup", wary.target, "--service", service.url)
    assert (result.code, result.out) == (1, "")
    assert "ML Commons is not allowed to call it" in result.err
    assert "run setup with --trust, or send PUT /_cluster/settings" in result.err
    assert not wary.everything()["indices"]
    assert hybrid("setup", wary.target, "--trust").code == 2
    assert hybrid("setup", wary.target, "--service", service.url, "--trust").code == 0
    escaped = service.url.replace(".", r"\.")
    assert trusted(wary) == [r"^https://models\.example/.*$", f"^{escaped}/.*$"]
    assert hybrid("setup", wary.target, "--service", service.url).out == NOTHING
    other = Cluster(wary.node)
    set_up(other.target, service=service.url)
    taken = f"take {service.url} from what ML Commons may call"
    assert taken not in sentences(drop(wary.target))
    assert len(trusted(wary)) == 2
    assert sentences(drop(other.target, index=True))[-2] == taken
    assert trusted(wary) == [r"^https://models\.example/.*$"]


def test_a_pipeline_that_somebody_changed_is_set_right(bare):
    set_up(bare.target)
    own = f"hybrid-{bare.name}"
    bare.node.request("PUT", f"/_search/pipeline/{own}", {"description": "mine"})
    assert sentences(set_up(bare.target)) == [f"update the search pipeline {own}"]
    assert set_up(bare.target) == []


def test_an_index_of_an_older_mapping_gets_what_it_lacks(bare):
    body = mappings.read("index.json")
    for name in ("passages", "title"):
        del body["mappings"]["properties"][name]
    bare.node.request("PUT", f"/{bare.name}", body)
    assert sentences(set_up(bare.target))[0] == f"add title, passages to the mapping of {bare.name}"
    there = bare.get(f"/{bare.name}")[bare.name]["mappings"]["properties"]
    assert there.keys() == mappings.read("index.json")["mappings"]["properties"].keys()
    assert set_up(bare.target) == []


def test_settings_are_those_of_the_new_index(hybrid, bare):
    hybrid("setup", bare.target, "--setting", "number_of_shards=2", "--setting", "index.refresh_interval=7s")
    settings = bare.get(f"/{bare.name}")[f"{bare.name}-000001"]["settings"]["index"]
    assert (settings["number_of_shards"], settings["refresh_interval"]) == ("2", "7s")


def test_without_ml_commons_all_but_the_service_can_be_installed(hybrid, bare):
    assert hybrid("setup", bare.target).code == 0
    assert hybrid("setup", bare.target).out == NOTHING
    result = hybrid("setup", bare.target, "--service", "http://127.0.0.1:1")
    assert (result.code, result.out, len(result.err.splitlines())) == (1, "", 1)
    assert "the server lacks the plugin opensearch-ml" in result.err
    assert hybrid("drop", bare.target).code == 0
    assert hybrid("drop", bare.target).out == NOTHING
    assert list(bare.everything()["indices"]) == [f"{bare.name}-000001"]


# Taking it out again.


def test_drop_takes_everything_out_but_the_index(hybrid, cluster, service):
    set_up(cluster.target, service=service.url)
    cluster.write("a", {"text": TEXT}, f"hybrid-{cluster.name}")
    before = cluster.everything()
    dry = hybrid("drop", cluster.target, "--dry-run")
    assert cluster.everything() == before
    result = hybrid("drop", cluster.target)
    own = f"hybrid-{cluster.name}"
    expected = [
        f"delete the search pipeline {own}",
        f"delete the search pipeline {own}-RRF",
        f"delete the ingest pipeline {own}",
        *(f"{doing} {own}-{kind}" for kind in KINDS for doing in ("undeploy the model", "delete the model")),
        *(f"delete the connector {own}-{kind}" for kind in KINDS),
        *(f"delete the model group {own}-{kind}" for kind in KINDS),
    ]
    assert result.out.splitlines() == [f"{sentence}: done" for sentence in expected]
    assert [line for line in dry.out.splitlines() if line.startswith("# ")] == [f"# {line}" for line in expected]
    there = cluster.everything()
    assert there["indices"] == before["indices"]
    assert not {own, f"{own}-RRF"} & {*(there["search pipelines"] or {}), *(there["ingest pipelines"] or {})}
    assert (there["connectors"], there["models"], there["model_groups"]) == ([], [], [])
    assert hybrid("count", cluster.target).out == "1\n"
    assert hybrid("drop", cluster.target).out == NOTHING


def test_an_index_does_not_go_on_asking_for_pipelines_that_are_gone(hybrid, bare):
    set_up(bare.target)
    own = f"hybrid-{bare.name}"
    bare.node.request("PUT", f"/_ingest/pipeline/{own}", {"processors": []})
    asking = {"index.default_pipeline": own, "index.search.default_pipeline": own, "index.final_pipeline": "_none"}
    bare.node.request("PUT", f"/{bare.name}/_settings", asking)
    assert drop(bare.target)[0].what == f"take its pipelines out of the settings of {bare.name}-000001"
    bare.write("a", {"text": TEXT})
    assert hybrid("find", bare.target, "plant", "--how", "lexical", "--no-text").code == 0
    settings = bare.get(f"/{bare.name}/_settings")[f"{bare.name}-000001"]["settings"]["index"]
    assert (settings.get("default_pipeline"), settings["final_pipeline"]) == (None, "_none")


@pytest.mark.parametrize("typed", ["", "news\n", "{}-000001\n", "y\n"])
def test_the_index_is_dropped_only_where_its_name_is_typed(hybrid, bare, typed):
    set_up(bare.target)
    before = bare.everything()
    result = hybrid("drop", bare.target, "--index", stdin=typed.format(bare.name))
    assert (result.code, "deleted" in result.out) == (2 if typed else 1, False)
    assert "Type the index's name to go on" in result.err
    assert ("nothing was done" in result.err) is bool(typed)
    assert bare.everything() == before


def test_with_its_name_the_index_goes_with_all_its_generations(hybrid, bare, encoder):
    set_up(bare.target)
    with Retriever.open(bare.target, encoder=encoder) as retriever:
        retriever.rebuild(encoder)
    body = mappings.read("index.json")
    given_up = body | {"aliases": {f"{bare.name}-000007-build-00c0ffee": {}}}
    bare.node.request("PUT", f"/{bare.name}-000007", given_up)
    bare.node.request("PUT", f"/{bare.name}-other")
    bare.node.request("PUT", f"/{bare.name}-202401", body)  # an index of its own, by chance with such a name
    result = hybrid("drop", bare.target, "--index", stdin=f"{bare.name}\n")
    assert result.code == 0
    deleted = [line for line in result.out.splitlines() if "the index" in line]
    assert deleted == [f"delete the index {bare.name}-{number}: done" for number in ("000002", "000007")]
    assert sorted(bare.everything()["indices"]) == [f"{bare.name}-202401", f"{bare.name}-other"]
    assert drop(bare.target, index=True) == []


def test_by_the_name_of_a_view_the_index_behind_it_is_not_dropped(bare):
    set_up(bare.target)
    few = {"index": f"{bare.name}-000001", "alias": f"{bare.name}-few", "filter": {"term": {"id": "a"}}}
    bare.node.request("POST", "/_aliases", {"actions": [{"add": few}]})
    before = bare.everything()
    with pytest.raises(IndexStateError, match=rf"a view of the index {bare.name}, perhaps with a filter"):
        drop(f"{bare.target}-few", index=True)
    assert bare.everything() == before


def test_beside_an_index_of_somebody_else_that_has_the_number_another_one_is_taken(bare):
    bare.node.request("PUT", f"/{bare.name}-000001")
    set_up(bare.target)
    assert bare.get(f"/_alias/{bare.name}").keys() == {f"{bare.name}-000002"}


def test_a_dry_run_of_drop_asks_for_nothing(hybrid, bare):
    set_up(bare.target)
    before = bare.everything()
    result = hybrid("drop", bare.target, "--index", "--dry-run")
    assert (result.code, result.err) == (0, "")
    assert f"DELETE /{bare.name}-000001?" in result.out
    assert bare.everything() == before


@pytest.mark.parametrize("act", [set_up, lambda target: drop(target, index=True)], ids=["setup", "drop"])
def test_an_index_of_somebody_else_and_an_alias_of_several_are_left_alone(bare, act):
    body = mappings.read("index.json")
    bare.node.request("PUT", f"/{bare.name}-a", body | {"aliases": {bare.name: {}}})
    bare.node.request("PUT", f"/{bare.name}-b", body | {"aliases": {bare.name: {}}})
    before = bare.everything()
    with pytest.raises(IndexStateError, match="the alias points at 2 indices"):
        act(bare.target)
    assert bare.everything() == before
    bare.node.request("DELETE", f"/{bare.name}-a,{bare.name}-b")
    bare.node.request("PUT", f"/{bare.name}", {"mappings": {"properties": {"text": {"type": "text"}}}})
    bare.node.request("PUT", f"/_search/pipeline/hybrid-{bare.name}", {"description": "there before"})
    before = bare.everything()
    with pytest.raises(IndexNotFound, match="an index is there, but not one of this library"):
        act(bare.target)
    assert bare.everything() == before


# The files, pasted.


def test_every_file_can_be_pasted_as_it_is(cluster, service, version):
    node, name = cluster.node, cluster.name
    node.request("PUT", f"/{name}", mappings.read("index.json"))
    node.request("PUT", f"/_search/pipeline/{name}", mappings.read("search-pipeline.json"))
    node.request("PUT", f"/_search/pipeline/{name}-rrf", mappings.read(version_of(version)[0].rrf_pipeline))
    connector = mappings.read("connector.json")
    connector["actions"][0]["url"] = f"{service.url}/v1/embeddings"
    made = node.request("POST", f"{ML}/connectors/_create", connector | {"name": f"hybrid-{name}-passage"})
    model = mappings.read("model.json") | {"name": f"hybrid-{name}-passage", "connector_id": made["connector_id"]}
    registered = node.request("POST", f"{ML}/models/_register?deploy=true", model)
    wait_for(lambda: cluster.of_ml("models")[0]["model_state"] == "DEPLOYED")
    text = json.dumps(mappings.read("ingest-pipeline.json")).replace("MODEL", registered["model_id"])
    node.request("PUT", f"/_ingest/pipeline/{name}", text)
    try:
        cluster.write("a", {"text": TEXT}, name)
        cluster.write("b", {"text": "Worn tyres slipped on the wet road."}, name)
        for pipeline, legs in ((name, len(parse_how(service.how).terms)), (f"{name}-rrf", 3)):
            assert answers(cluster, pipeline, legs) == ["a", "b"]
    finally:
        for kind, pipeline in (("search", name), ("search", f"{name}-rrf"), ("ingest", name)):
            node.request("DELETE", f"/_{kind}/pipeline/{pipeline}")


def answers(cluster, pipeline, legs):
    """What a person in Dashboards asks: as many legs as the pipeline has weights, in their order."""
    vector = [0.1] * 384
    body = {
        "query": {
            "hybrid": {
                "queries": [
                    {"nested": {"path": "mentions", "query": {"exists": {"field": "mentions.vector"}}}},
                    {
                        "nested": {
                            "path": "passages",
                            "query": {"knn": {"passages.vector": {"vector": vector, "k": 10}}},
                        }
                    },
                    {"match": {"text": "plant tyres"}},
                ][:legs]
            }
        }
    }
    found = cluster.node.request("POST", f"/{cluster.name}/_search?search_pipeline={pipeline}", body)
    return sorted(hit["_id"] for hit in found["hits"]["hits"])


def test_an_index_that_was_pasted_can_be_written_searched_and_rebuilt(hybrid, bare, encoder):
    bare.node.request("PUT", f"/{bare.name}", mappings.read("index.json"))
    set_up(bare.target)
    bare.node.request("PUT", f"/{bare.name}/_settings", {"index.search.default_pipeline": f"hybrid-{bare.name}"})
    with Retriever.open(bare.target, encoder=encoder) as retriever:
        retriever.index([{"id": "a", "text": TEXT}, {"id": "b", "text": "Worn tyres slipped on the wet road."}])
        assert next(hit.id for hit in retriever.find("tyre maker")) == "a"
        report = retriever.rebuild(encoder)
        assert (report.documents, report.refused) == (2, ())
        assert next(hit.id for hit in retriever.find("tyre maker")) == "a"
    there = bare.get(f"/{bare.name}*?expand_wildcards=all")
    assert list(there) == [f"{bare.name}-000001"]
    info = there[f"{bare.name}-000001"]
    assert bare.name in info["aliases"]
    assert info["settings"]["index"]["search"]["default_pipeline"] == f"hybrid-{bare.name}"
    assert sentences(drop(bare.target, index=True))[-1] == f"delete the index {bare.name}-000001"


def test_a_pasted_index_that_was_never_rebuilt_is_dropped_too(bare):
    bare.node.request("PUT", f"/{bare.name}", mappings.read("index.json"))
    assert sentences(drop(bare.target, index=True)) == [f"delete the index {bare.name}"]
    assert not bare.everything()["indices"]


def test_what_the_server_refuses_is_told_and_tried_once(bare):
    with pytest.raises(ServerError, match=r"unknown setting \[index.nonsense\]"):
        set_up(bare.target, settings={"nonsense": 1})
    assert not bare.everything()["indices"]


@pytest.mark.parametrize(
    ("learned", "legs", "fused", "ranks"),
    [
        ("min_max(typed=1, dense=.2)", LEGS, "min_max(typed=1, dense=.2)", "rrf(typed, dense)"),
        ("typed", LEGS, "min_max(typed, dense, lexical)", "rrf(typed, dense, lexical)"),
        ("typed", WITHOUT_DENSE, "min_max(typed, lexical)", "rrf(typed, lexical)"),
        (
            "min_max(typed=1, dense=.2, lexical=.3)",
            WITHOUT_DENSE,
            "min_max(typed=1, lexical=.3)",
            "rrf(typed, lexical)",
        ),
        ("min_max(typed=1, dense=.2)", WITHOUT_DENSE, "min_max(typed, lexical)", "rrf(typed, lexical)"),
    ],
)
def test_search_pipelines_fuse_the_legs_that_the_bundle_has(learned, legs, fused, ranks):
    assert search_hows(parse_how(learned), legs) == (parse_how(fused), parse_how(ranks))


# Documents that come through the ingest pipeline.


@pytest.fixture(scope="module")
def installed(ml_node, service):
    """An index with its service, which tests share: each has ids of its own."""
    made = cluster_on(ml_node)
    cluster = next(made)
    set_up(cluster.target, service=service.url)
    yield cluster
    next(made, None)


def test_a_document_through_the_pipeline_is_found_by_the_dense_leg_and_waits_for_its_mentions(
    hybrid, cluster, service, encoder
):
    set_up(cluster.target, service=service.url)
    cluster.write("a", {"text": TEXT, "title": "Tyres", "fields": {"year": 1971}}, f"hybrid-{cluster.name}")
    result = hybrid("find", cluster.target, "tyre maker", "--how", "dense; centring=0", "--json")
    (hit,) = (json.loads(line) for line in result.out.splitlines())
    assert (result.code, hit["id"], hit["fields"]) == (0, "a", {"year": 1971})
    cosine = float(encoder.encode_queries(["tyre maker"])[0] @ service.asked[TEXT])
    assert hit["score"] == pytest.approx((1 + cosine) / 2, abs=2e-6)
    assert json.loads(result.err) == {
        "warning": "1 documents wait to be encoded: the typed leg does not find them until `hybrid complete` has run"
    }
    (info,) = (json.loads(line) for line in hybrid("info", cluster.target, "--json").out.splitlines())
    assert (info["documents"], info["pending"], info["passages"], info["mentions"]) == (1, 1, 1, 0)


@pytest.mark.parametrize(
    ("text", "cuts"),
    [
        (TEXT, [(0, len(TEXT))]),
        ("🦕 plant " * 300, [(0, 1000), (1000, 2000), (2000, 2400)]),
        ("a plant" + " " * 2_500 + "a town", [(0, 1000), (2000, 2513)]),
        ("שלום עולם מפעל " * 100, [(0, 1000), (1000, 1500)]),
        ("e\u0301té 👩\u200d👧 plant " * 100, [(0, 1000), (1000, 1500)]),
        (" \n\t ", []),
    ],
    ids=["short", "emoji", "blank part", "right to left", "joined", "blank"],
)
def test_passages_are_cut_in_code_points_and_have_the_encoders_vectors(installed, service, encoder, text, cuts):
    id = text[:20]
    installed.node.request(
        "POST",
        f"/{installed.name}/_bulk?refresh=true&pipeline=hybrid-{installed.name}",
        f"{json.dumps({'index': {'_id': id}})}\n{json.dumps({'text': text})}\n",
    )
    engine = open_engine(installed.target)
    found = next(encoded for encoded in engine.scan() if encoded.document.id == id)
    engine.close()
    assert (found.document.text, found.mentions_from) == (text, "pending")
    assert [(passage.start, passage.end) for passage in found.encoding.passages] == cuts
    for (start, end), vector in zip(cuts, found.encoding.passage_vectors, strict=True):
        assert vector == pytest.approx(service.asked[text[start:end]], abs=1e-7)
        assert vector == pytest.approx(encoder.encode_passages([text[start:end]])[0], abs=1e-5)


def test_what_a_document_brings_is_left_as_it_is(installed, service):
    before = service.requests
    given = {
        "id": "other",
        "text": "a plant",
        "mentions_from": "given",
        "passages": [{"start": 0, "end": 7, "vector": [1.0] + [0.0] * 383}],
        "mentions": [{"start": 2, "end": 7, "surface": "plant", "vector": [1.0] + [0.0] * 255}],
    }
    installed.write("given", given, f"hybrid-{installed.name}")
    assert service.requests == before
    assert installed.get(f"/{installed.name}/_doc/given")["_source"] == given


def test_an_id_that_the_server_makes_and_a_document_without_text_are_fine(installed):
    through = f"refresh=true&pipeline=hybrid-{installed.name}"
    made = installed.node.request("POST", f"/{installed.name}/_doc?{through}", {"text": TEXT})
    installed.node.request("PUT", f"/{installed.name}/_doc/b?{through}", {"title": "Tyres"})
    engine = open_engine(installed.target)
    found = {document.id: document for document in engine.get([made["_id"], "b"])}
    passages = {encoded.document.id: len(encoded.encoding.passages) for encoded in engine.scan(pending=True)}
    engine.close()
    assert (found[made["_id"]].text, found["b"].title) == (TEXT, "Tyres")
    assert (passages[made["_id"]], passages["b"]) == (1, 0)
