"""The requests that a plan becomes, on each version that was tested."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.engines.opensearch.filtering import to_query
from hybrid.engines.opensearch.messages import json_body
from hybrid.engines.opensearch.requests import (
    EVERY_VECTOR,
    IDS,
    LEAST_EF,
    console,
    every_vector,
    follow_up,
    leg_query,
    matches_bodies,
    pretty,
    probe_body,
    ranks_body,
    scaled,
    search_body,
    search_request,
)
from hybrid.errors import InvalidQuery
from hybrid.fusion import Fusion
from hybrid.planning.filters import Exists, Not

LEGS = ("lexical", "typed", "dense")
TYPES = {"year": "int"}
WHERE = {"year": {">=": 1970}}
MENTION = ["mentions.start", "mentions.end", "mentions.surface"]


def body_of(bound, facts, *, inner=3):
    """The body as it is sent: JSON values."""
    return json.loads(json_body(search_body(bound, facts, inner=inner)))


def with_exact(bound, *legs):
    """The same plan with legs that score every vector."""
    planned = tuple(replace(leg, exact=leg.leg in legs) for leg in bound.plan.legs)
    return replace(bound, plan=replace(bound.plan, legs=planned))


# A leg.


def test_the_lexical_leg_matches_words_with_scores_that_are_the_same_on_each_version(make, facts, version):
    query = leg_query(make.bound("lexical", words="tyre plant").plan.legs[0], make.bound("lexical"), facts(version))
    match = {"text": {"query": "tyre plant", "boost": 1 / 2.2 if str(version) == "2.19.6" else 1.0}}
    assert query == {"bool": {"_name": "lexical", "must": [{"match": match}]}}


@pytest.mark.parametrize(
    ("leg", "field", "vector"), [("typed", "mentions", [1.0, 0.0, 0.0]), ("dense", "passages", [1.0, 0.0])]
)
def test_a_vector_leg_gives_the_nearest_documents_by_their_best_vector(make, facts, leg, field, vector):
    nested = body_of(make.bound(leg, depth=400), facts(), inner=0)["query"]["nested"]
    knn = {"vector": vector, "k": 400, "expand_nested_docs": True, "method_parameters": {"ef_search": 400}}
    assert nested == {
        "path": field,
        "score_mode": "max",
        "_name": leg,
        "query": {"knn": {f"{field}.vector": knn}},
    }


@pytest.mark.parametrize(("depth", "ef"), [(1, LEAST_EF), (LEAST_EF, LEAST_EF), (300, 300), (10_000, 10_000)])
def test_the_graph_is_searched_with_at_least_so_many_candidates(make, facts, depth, ef):
    knn = body_of(make.bound("dense", k=1, depth=depth), facts())["query"]["nested"]["query"]["knn"]["passages.vector"]
    assert (knn["k"], knn["method_parameters"]["ef_search"]) == (depth, ef)


def test_an_exact_leg_scores_every_vector_and_passes_over_objects_without_one(make, facts):
    bound = with_exact(make.bound("typed"), "typed")
    leg = body_of(bound, facts(), inner=2)["query"]["bool"]
    nested = leg["must"][0]["nested"]
    assert (leg["_name"], nested["path"], nested["score_mode"]) == ("typed", "mentions", "max")
    assert nested["inner_hits"] == {"name": "typed", "size": 2, "_source": MENTION}
    assert nested["query"] == {
        "script_score": {
            "query": {"exists": {"field": "mentions.vector"}},
            "script": {"source": EVERY_VECTOR, "params": {"v": [1.0, 0.0, 0.0], "f": "mentions.vector"}},
        }
    }


@pytest.mark.parametrize("exact", [(), ("typed", "dense")], ids=str)
@pytest.mark.parametrize("legs", [("lexical",), ("typed",), ("dense",), LEGS], ids=str)
def test_the_same_filter_stands_in_every_leg(make, facts, legs, exact):
    bound = with_exact(make.bound(*legs, where=WHERE, types=TYPES), *exact)
    where = to_query(bound.filter, TYPES)
    query = body_of(bound, facts(fields=TYPES))["query"]
    queries = query["hybrid"]["queries"] if len(legs) > 1 else [query]
    for leg, found in zip(legs, queries, strict=True):
        if leg == "lexical" or exact:
            assert found["bool"]["filter"] == [where]
        else:
            assert found["nested"]["query"]["knn"][f"{found['nested']['path']}.vector"]["filter"] == where


def test_a_filter_reads_the_types_of_the_index(make, facts):
    bound = replace(make.bound("lexical"), filter=Not(Exists("y*")))
    assert body_of(bound, facts(fields={"y*": "bool"}))["query"]["bool"]["filter"] == [
        json.loads(json_body(to_query(bound.filter, {"y*": "bool"})))
    ]


# A page of a single leg.


def test_a_single_leg_is_asked_by_itself_with_equal_scores_in_the_order_of_ids(make, facts, version):
    body = body_of(make.bound("lexical", k=5, offset=10), facts(version))
    assert set(body) == {"query", "sort", "size", "from", "_source", "track_total_hits"}
    assert body["sort"] == [{"_score": "desc"}, {"id": "asc"}]
    assert (body["size"], body["from"], body["track_total_hits"]) == (5, 10, False)


@pytest.mark.parametrize(
    ("k", "offset", "depth", "size"),
    [(10, 0, 1_000, 10), (10, 0, 10, 10), (5, 8, 10, 2), (10, 10, 10, 0), (9, 50, 10, 0)],
)
def test_the_page_of_a_single_leg_ends_at_its_depth(make, facts, k, offset, depth, size):
    assert body_of(make.bound("dense", k=k, offset=offset, depth=depth), facts())["size"] == size


@pytest.mark.parametrize("mentions", [0, 1, 100])
def test_a_typed_leg_alone_brings_its_mentions_with_it(make, facts, version, mentions):
    request = search_request(make.bound("typed", mentions=mentions), facts(version))
    nested = json.loads(request.body)["query"]["nested"]
    assert nested.get("inner_hits") == ((mentions and {"name": "typed", "size": mentions, "_source": MENTION}) or None)


def test_only_the_typed_leg_has_mentions_to_bring(make, facts):
    for leg in ("lexical", "dense"):
        assert b"inner_hits" not in search_request(make.bound(leg), facts()).body


def test_mentions_are_asked_for_by_themselves_where_the_leg_is_not_asked_with_the_type(make, facts, version):
    bound = replace(make.bound("typed", typed=(0, 1, 0)), type=make.unit((1, 0, 0)))
    request = search_request(bound, facts(version))
    assert b"inner_hits" not in request.body
    assert b'"vector":[0.0,1.0,0.0]' in request.body
    for own, vector in ((bound, [1.0, 0.0, 0.0]), (replace(bound, type=None), [0.0, 1.0, 0.0])):
        (body,) = matches_bodies(["a"], own, facts(version))
        (part,) = json.loads(json_body(body))["query"]["bool"]["must"]
        assert part["nested"]["query"]["script_score"]["script"]["params"]["v"] == vector


# A fusion.


def test_the_server_fuses_the_legs_in_the_order_of_the_plan(make, facts, version):
    body = body_of(make.bound("dense", "lexical", "typed", k=7, offset=3, depth=50), facts(version), inner=0)
    assert set(body) == {"query", "size", "from", "_source", "track_total_hits", "search_pipeline"}
    hybrid = body["query"]["hybrid"]
    assert (set(hybrid), hybrid["pagination_depth"]) == ({"queries", "pagination_depth"}, 50)
    assert (body["size"], body["from"]) == (7, 3)
    names = [next(iter(query.values()))["_name"] for query in hybrid["queries"]]
    assert names == ["dense", "lexical", "typed"]


def test_a_fusion_makes_no_inner_hits_for_documents_that_are_not_on_the_page(make, facts, version):
    assert b"inner_hits" not in search_request(make.bound(*LEGS), facts(version)).body


@pytest.mark.parametrize("technique", ["min_max", "l2"])
@pytest.mark.parametrize("mean", ["arithmetic", "geometric", "harmonic"])
def test_a_fusion_of_scores_is_an_inline_pipeline(make, facts, version, technique, mean):
    bound = make.bound(*LEGS, fusion=Fusion(technique, mean), weights=[0.3, 1.0, 0.2])
    assert body_of(bound, facts(version))["search_pipeline"] == {
        "phase_results_processors": [
            {
                "normalization-processor": {
                    "normalization": {"technique": technique},
                    "combination": {
                        "technique": f"{mean}_mean",
                        "parameters": {"weights": pytest.approx([0.2, 2 / 3, 2 / 15])},
                    },
                }
            }
        ]
    }


@pytest.mark.parametrize("weights", [[1.0, 1.0, 1.0], [0.2, 0.2, 0.2], [3.0, 3.0, 3.0]])
def test_equal_weights_are_not_sent(make, facts, version, weights):
    for fusion in (Fusion(), Fusion("rrf")):
        pipeline = body_of(make.bound(*LEGS, fusion=fusion, weights=weights), facts(version))["search_pipeline"]
        assert "weights" not in json.dumps(pipeline)


@pytest.mark.parametrize("c", [1, 60, 10_000])
def test_the_rank_constant_stands_where_the_version_reads_it(make, facts, version, c):
    body = body_of(make.bound("typed", "lexical", fusion=Fusion("rrf", c=c)), facts(version))
    combinations = {
        "2.19.6": {"technique": "rrf", "parameters": {"rank_constant": c}},
        "3.6.0": {"technique": "rrf", "rank_constant": c},
    }
    expected = {"score-ranker-processor": {"combination": combinations[str(version)]}}
    assert body["search_pipeline"] == {"phase_results_processors": [expected]}


def test_weights_of_ranks_where_the_version_takes_them(make, facts, versions):
    bound = make.bound("typed", "lexical", fusion=Fusion("rrf", c=7), weights=[3.0, 1.0])
    (processor,) = body_of(bound, facts(versions.new))["search_pipeline"]["phase_results_processors"]
    assert processor["score-ranker-processor"]["combination"] == {
        "technique": "rrf",
        "rank_constant": 7,
        "parameters": {"weights": [0.75, 0.25]},
    }
    with pytest.raises(InvalidQuery, match=r"OpenSearch 2\.19\.6 takes no weights in rrf; give none, or use min_max"):
        search_request(bound, facts(versions.old))


def test_ranks_over_several_shards_where_the_version_has_them_right(make, facts, versions):
    bound = make.bound("typed", "lexical", fusion=Fusion("rrf"))
    assert search_request(bound, facts(versions.new, shards=2))
    assert search_request(bound, facts(versions.old))
    with pytest.raises(
        InvalidQuery, match=r"OpenSearch 2\.19\.6 ranks wrongly in rrf over 2 shards; use min_max or l2"
    ):
        search_request(bound, facts(versions.old, shards=2))
    assert search_request(make.bound("typed", "lexical"), facts(versions.old, shards=2))


WEIGHTS = st.lists(st.floats(0.0, 1e308), min_size=1, max_size=3).filter(any)


@given(WEIGHTS)
def test_weights_are_scaled_to_sum_1_and_keep_their_ratios(weights):
    found = scaled(weights)
    if len(set(weights)) == 1:
        assert found == []
        return
    assert math.fsum(found) == pytest.approx(1.0, abs=1e-12)
    assert all(type(weight) is float and 0.0 <= weight <= 1.0 for weight in found)
    largest = weights.index(max(weights))
    for weight, given_weight in zip(found, weights, strict=True):
        assert weight / found[largest] == pytest.approx(given_weight / weights[largest])


def test_weights_are_sent_as_floats(make, facts):
    # A whole number among them is an error of the server's, 500.
    body = search_request(make.bound("typed", "lexical", weights=[1.0, 0.0]), facts()).body
    assert b'"weights":[1.0,0.0]' in body


# What every search has.


@pytest.mark.parametrize("legs", [("lexical",), ("typed",), LEGS], ids=str)
def test_no_vector_comes_back_and_no_part_of_the_index_may_be_missing(make, facts, version, legs):
    request = search_request(make.bound(*legs), facts(version))
    assert json.loads(request.body)["_source"] == {"excludes": ["mentions.vector", "passages.vector"]}
    assert request.line == ("POST /news/_search?include_named_queries_score=true&allow_partial_search_results=false")


def test_a_dense_leg_needs_passage_vectors(make, facts):
    for legs in (("dense",), LEGS):
        with pytest.raises(InvalidQuery, match="the index has no passage vectors, so there is no dense leg"):
            search_request(make.bound(*legs), facts(passage=None))
    assert search_request(make.bound("lexical", "typed"), facts(passage=None))


@pytest.mark.parametrize("leg", ["typed", "dense"])
def test_a_leg_needs_a_vector_of_its_width(make, facts, leg):
    bound = make.bound(leg)
    with pytest.raises(InvalidQuery, match=f"the {leg} leg has no vector of the question"):
        search_request(replace(bound, vectors={}), facts())
    foreign = replace(bound, vectors={leg: np.ones(5, np.float32)})
    with pytest.raises(InvalidQuery, match=rf"{leg} leg has shape \(5,\); expected \({3 if leg == 'typed' else 2},\)"):
        search_request(foreign, facts())


def test_a_vector_of_any_layout_and_precision_is_sent_as_float32(make, facts):
    wide = np.array([[0.1, 9.0], [0.2, 9.0], [0.3, 9.0]])[:, 0]
    request = search_request(replace(make.bound("typed"), vectors={"typed": wide}), facts())
    assert b'"vector":[0.1,0.2,0.3]' in request.body


# What is asked beside it.


def test_the_mentions_of_given_documents_are_asked_a_thousand_at_a_time(make, facts):
    ids = [f"d{number}" for number in range(2 * IDS + 1)]
    bodies = [json.loads(json_body(body)) for body in matches_bodies(ids, make.bound("typed", mentions=5), facts())]
    assert [body["size"] for body in bodies] == [IDS, IDS, 1]
    assert [id for body in bodies for id in body["query"]["bool"]["filter"][0]["ids"]["values"]] == ids
    for body in bodies:
        assert body["_source"] is False
        (nested,) = (part["nested"] for part in body["query"]["bool"]["must"])
        assert nested["query"] == json.loads(json_body(every_vector("typed", np.array([1, 0, 0], np.float32))))
        assert nested["inner_hits"] == {"name": "typed", "size": 5, "_source": MENTION}
    assert matches_bodies([], make.bound("typed"), facts()) == []


def test_a_leg_by_itself_is_the_leg_of_the_fusion_to_its_depth(make, facts):
    bound = make.bound(*LEGS, depth=40, where=WHERE, types=TYPES, k=3)
    together = body_of(bound, facts(fields=TYPES), inner=0)["query"]["hybrid"]["queries"]
    for leg, query in zip(bound.plan.legs, together, strict=True):
        alone = json.loads(json_body(ranks_body(leg, bound, facts(fields=TYPES))))
        assert alone == {"query": query, "size": 40, "_source": False, "track_total_hits": False}
        probe = json.loads(json_body(probe_body(leg, bound, facts(fields=TYPES))))
        assert probe == {**alone, "size": 1}


def test_several_searches_are_lines_in_one_request(make, facts):
    bound = make.bound(*LEGS)
    bodies = [ranks_body(leg, bound, facts()) for leg in bound.plan.legs]
    request = follow_up(bodies, "a b")
    assert request.line == "POST /a%20b/_msearch"
    lines = request.body.split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line) for line in lines] == [
        line for body in bodies for line in ({}, json.loads(json_body(body)))
    ]


# For Dev Tools.


@pytest.mark.parametrize("legs", [("lexical",), ("typed",), ("dense",), LEGS], ids=str)
@pytest.mark.parametrize("where", [None, WHERE], ids=str)
def test_what_dev_tools_are_given_is_the_request_that_ranks(make, facts, version, legs, where):
    bound = make.bound(*legs, words='a "b"\n\\ é🦕', typed=(1, 2, 3), where=where, types=TYPES)
    first, body = console(bound, facts(version, fields=TYPES)).split("\n", 1)
    assert first == search_request(bound, facts(version, fields=TYPES)).line
    inner = 0 if legs == LEGS and str(version) == "2.19.6" else 3
    assert json.loads(body) == body_of(bound, facts(version, fields=TYPES), inner=inner)


def test_dev_tools_show_the_mentions_where_the_version_can_give_them(make, facts, versions):
    assert '"inner_hits"' in console(make.bound(*LEGS), facts(versions.new))
    assert '"inner_hits"' not in console(make.bound(*LEGS), facts(versions.old))
    assert '"inner_hits"' in console(make.bound("typed"), facts(versions.old))


def test_in_dev_tools_each_vector_is_one_line_with_its_own_digits(make, facts):
    typed = np.array([0.1, 1 / 3, 1e-7], np.float32)
    text = console(replace(make.bound(*LEGS), vectors={"typed": typed, "dense": np.ones(2, np.float32)}), facts())
    lines = [line.strip() for line in text.splitlines()]
    assert '"vector": [0.1,0.33333334,1e-7],' in lines
    assert '"vector": [1.0,1.0],' in lines
    shown = json.loads(text.split("\n", 1)[1])["query"]["hybrid"]["queries"][1]["nested"]["query"]["knn"]
    assert np.array_equal(np.array(shown["mentions.vector"]["vector"], np.float32), typed)


def test_a_body_for_readers_is_laid_out_like_this():
    value = {"a": {"b": [1, 2.5], "c": [{"d": "é"}, {}]}, "e": [], "f": None, "g": {}}
    assert pretty(value).splitlines() == [
        "{",
        '  "a": {',
        '    "b": [1,2.5],',
        '    "c": [',
        "      {",
        '        "d": "é"',
        "      },",
        "      {}",
        "    ]",
        "  },",
        '  "e": [],',
        '  "f": null,',
        '  "g": {}',
        "}",
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab\"\\\né"), inner, max_size=4),
)  # fmt: skip


@given(VALUES)
def test_laying_out_changes_nothing(value):
    assert json.loads(pretty(value)) == value
