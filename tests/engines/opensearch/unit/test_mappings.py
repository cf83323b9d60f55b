"""The files in mappings/: what they hold, and how they are filled in."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.encoding.bundle import read_manifest
from hybrid.encoding.factory import locate
from hybrid.encoding.protocol import Dimensions
from hybrid.engines.opensearch.mappings import (
    OF_TYPE,
    TYPE_OF,
    fields_body,
    fields_of,
    flat_settings,
    folder,
    index_body,
    meta_json,
    meta_of,
    pipeline,
    read,
)
from hybrid.engines.opensearch.requests import scaled
from hybrid.engines.protocol import FORMAT, IndexMeta
from hybrid.errors import IndexFormatError, IndexNotFound
from hybrid.fusion import Fusion
from hybrid.planning.notation import parse_how, print_how

FILES = {
    "index.json",
    "connector.json",
    "model.json",
    "data-view.json",
    "saved-search.json",
    "ingest-pipeline.json",
    "search-pipeline.json",
    "search-pipeline-rrf-2.json",
    "search-pipeline-rrf-3.json",
}


@pytest.fixture(scope="module")
def shipped():
    """The manifest of the bundle that an index is made with unless another one is named."""
    return read_manifest(locate("minilm"))


# The files as they lie there.


def test_the_files_are_json_for_people():
    assert {path.name for path in folder().iterdir()} == FILES
    for name in FILES:
        text = (folder() / name).read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), indent=2) + "\n"  # blanks that nobody sees stand as escapes
        assert read(name) == json.loads(text)


def test_the_index_file_is_the_index_of_the_shipped_bundle(shipped):
    meta = IndexMeta(shipped.name, shipped.fingerprint, shipped.dimensions)
    assert index_body(meta, {}) == read("index.json")
    assert meta_of(read("index.json")["mappings"], "news") == meta


def test_the_search_pipeline_file_is_the_fusion_of_the_shipped_bundle(shipped):
    body, how = read("search-pipeline.json"), parse_how(shipped.how)
    legs = ", ".join(term.leg for term in how.terms)
    # Questions are centred before they are sent.
    assert body["description"] == f"{print_how(replace(how, centring=None))}: legs in the order {legs}"
    processor = body["phase_results_processors"][0]["normalization-processor"]
    assert processor["normalization"]["technique"] == how.fusion.technique
    assert processor["combination"]["technique"] == f"{how.fusion.mean}_mean"
    weights = processor["combination"]["parameters"]["weights"]
    assert weights == pytest.approx(scaled([term.weight for term in how.terms]), abs=1e-6)
    assert sum(weights) == pytest.approx(1.0, abs=1e-6)


def test_a_copy_is_the_callers_own():
    read("index.json")["mappings"].clear()
    assert read("index.json")["mappings"]


def test_passages_are_cut_and_called_what_the_encoder_is_asked_for():
    cut, embed, tidy = read("ingest-pipeline.json")["processors"]
    assert cut["script"]["params"] == {"size": 1000}
    assert embed["text_embedding"]["field_map"] == {"passages": {"text": "vector"}}
    assert "remove('text')" in tidy["script"]["source"]
    (action,) = read("connector.json")["actions"]
    assert '"model": "passage"' in action["request_body"]


# A new index.


def vector_of(body, path):
    return body["mappings"]["properties"][path]["properties"].get("vector")


@given(mention=st.integers(1, 16_000), passage=st.none() | st.integers(1, 16_000))
def test_an_index_has_the_widths_of_its_bundle(make, mention, passage):
    body = index_body(replace(make.meta(), dimensions=Dimensions(mention, passage)), {})
    assert vector_of(body, "mentions")["dimension"] == mention
    assert (vector_of(body, "passages") or {"dimension": None})["dimension"] == passage
    assert set(body["mappings"]["properties"]["passages"]["properties"]) >= {"start", "end"}


@pytest.mark.parametrize("path", ["mentions", "passages"])
def test_vectors_are_compared_by_their_angle_in_a_graph_that_every_node_has(make, path):
    method = vector_of(index_body(make.meta(), {}), path)["method"]
    assert (method["name"], method["engine"], method["space_type"]) == ("hnsw", "lucene", "cosinesimil")


@pytest.mark.parametrize("language", ["english", "none"])
def test_every_text_is_read_in_the_language_of_the_index(make, language):
    body = index_body(make.meta(language=language), {})
    properties = body["mappings"]["properties"]
    texts = [properties["title"], properties["text"], properties["mentions"]["properties"]["surface"]["fields"]["text"]]
    assert [text["analyzer"] for text in texts] == [f"hybrid_{language}"] * 3
    assert json.dumps(body["mappings"]).count('"analyzer"') == 3
    assert f"hybrid_{language}" in body["settings"]["analysis"]["analyzer"]


def test_declared_fields_are_in_the_mapping(make):
    body = index_body(make.meta({"lang": "str", "year": "int", "price": "float", "open": "bool"}), {})
    assert body["mappings"]["properties"]["fields"]["properties"] == {
        "lang": {"type": "keyword"},
        "year": {"type": "long", "coerce": False},
        "price": {"type": "double"},
        "open": {"type": "boolean"},
    }
    assert "properties" not in index_body(make.meta(), {})["mappings"]["properties"]["fields"]


def test_fields_that_come_later_are_declared_the_same_way():
    assert fields_body({"year": "int"}) == {
        "properties": {"fields": {"properties": {"year": {"type": "long", "coerce": False}}}}
    }


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"number_of_shards": 1, "auto_expand_replicas": "0-1"}),
        ({"number_of_shards": 3}, {"number_of_shards": 3, "auto_expand_replicas": "0-1"}),
        ({"number_of_replicas": 2}, {"number_of_shards": 1, "number_of_replicas": 2}),
        ({"number_of_replicas": 2, "auto_expand_replicas": "0-5"}, {"auto_expand_replicas": "0-5"}),
        ({"refresh_interval": "-1"}, {"refresh_interval": "-1", "auto_expand_replicas": "0-1"}),
    ],
)  # fmt: skip
def test_settings_of_the_user_come_before_those_of_the_file(make, settings, expected):
    own = index_body(make.meta(), settings)["settings"]["index"]
    assert expected.items() <= own.items()
    assert ("auto_expand_replicas" in own) == ("auto_expand_replicas" in expected)
    assert own["knn"] is True


@pytest.mark.parametrize(
    "settings",
    [
        {"mapping.total_fields.limit": 9, "knn.derived_source.enabled": False},
        {"mapping": {"total_fields": {"limit": 9}}, "knn.derived_source": {"enabled": False}},
        {"index": {"mapping": {"total_fields.limit": 9}}, "index.knn.derived_source.enabled": False},
    ],
)
def test_a_setting_stands_there_once_however_it_is_written(make, settings):
    own = index_body(make.meta(), settings)["settings"]["index"]
    assert (own["mapping.total_fields.limit"], own["knn.derived_source.enabled"]) == (9, False)
    assert own["mapping.nested_objects.limit"] == 1_000_000
    assert not {name for name, value in own.items() if isinstance(value, dict) or name.startswith("index.")}


def test_a_setting_may_be_a_list_or_nothing():
    assert flat_settings({"a": [1], "b": None, "c": {}}) == {"a": [1], "b": None, "c": {}}


# What an index says of itself.

META = st.builds(
    IndexMeta,
    bundle=st.text(max_size=8),
    fingerprint=st.text(max_size=8),
    dimensions=st.builds(Dimensions, st.integers(1, 4096), st.none() | st.integers(1, 4096)),
    language=st.sampled_from(["english", "none"]),
    fields=st.dictionaries(
        st.sampled_from(["year", "ö", "a*", "type", "properties"]), st.sampled_from(sorted(OF_TYPE))
    ),
)


@given(META)
def test_an_index_is_read_as_it_was_made(meta):
    assert meta_of(index_body(meta, {})["mappings"], "news") == meta


def test_meta_data_are_these(make):
    assert meta_json(make.meta({"year": "int"})) == {
        "format": FORMAT,
        "bundle": "tiny",
        "fingerprint": "fingerprint of tiny",
        "dimensions": {"mention": 3, "passage": 2},
        "language": "english",
    }


@pytest.mark.parametrize(
    "mappings", [{}, {"_meta": None}, {"_meta": {}}, {"_meta": {"hybrid": None}}, {"_meta": {"hybrid": 1}}]
)
def test_an_index_of_somebody_else_is_told(mappings):
    with pytest.raises(IndexNotFound, match="what: an index is there, but not one of this library; name another one"):
        meta_of(mappings, "what")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (FORMAT + 1, "install a newer version"),
        (0, "run hybrid rebuild what"),
        (None, "install a newer version"),
        ("1", "install a newer version"),
    ],
)
def test_another_format_is_told_with_what_to_do(make, number, words):
    changed = {**meta_json(make.meta()), "format": number}
    with pytest.raises(IndexFormatError, match="this version reads format 1") as caught:
        meta_of({"_meta": {"hybrid": changed}}, "what")
    assert str(caught.value).startswith(f"what: the index has format {number!r}, ")
    assert str(caught.value).endswith(words)


@pytest.mark.parametrize(
    "change",
    [
        {"dimensions": None},
        {"dimensions": []},
        {"dimensions": {"mention": 3}},
        {"dimensions": {"mention": None, "passage": 2}},
        {"dimensions": {"mention": "wide", "passage": 2}},
        {"language": "german"},
        {"bundle": ...},
        {"fingerprint": ...},
        {"language": ...},
    ],
    ids=str,
)
def test_meta_data_that_were_changed_by_hand_are_told(make, change):
    changed = {**meta_json(make.meta()), **change}
    kept = {name: value for name, value in changed.items() if value is not ...}
    with pytest.raises(IndexFormatError, match="what: "):
        meta_of({"_meta": {"hybrid": kept}}, "what")


def of_fields(properties):
    return {"properties": {"fields": {"properties": properties}}}


@pytest.mark.parametrize(("mapped", "kind"), TYPE_OF.items())
def test_the_four_types_are_read_from_a_mapping(mapped, kind):
    assert fields_of(of_fields({"f": {"type": mapped}})) == {"f": kind}


def test_what_is_mapped_as_something_else_is_no_field():
    foreign = {
        "on": {"type": "date"},
        "where": {"type": "geo_point"},
        "words": {"type": "text"},
        "deep": {"properties": {"a": {"type": "keyword"}}},
        "other": {"type": "object"},
        # These hold less than ours do, and refuse or round what fits ours.
        "short": {"type": "integer"},
        "coarse": {"type": "half_float"},
        "one": {"type": "constant_keyword"},
    }
    assert fields_of(of_fields({**foreign, "year": {"type": "long"}})) == {"year": "int"}


@pytest.mark.parametrize("mappings", [{}, {"properties": {}}, {"properties": {"fields": {"type": "object"}}}])
def test_an_index_may_have_no_fields(mappings):
    assert fields_of(mappings) == {}


def test_each_type_is_read_as_the_one_it_was_mapped_for():
    assert {kind: TYPE_OF[body["type"]] for kind, body in OF_TYPE.items()} == {kind: kind for kind in OF_TYPE}


# A search pipeline.


def test_a_pipeline_holds_nothing_but_its_processor(version):
    for fusion in (Fusion(), Fusion("l2", "harmonic"), Fusion("rrf")):
        body = pipeline(fusion, [], version)
        assert list(body) == ["phase_results_processors"]
        (processor,) = body["phase_results_processors"]
        assert len(processor) == 1
        assert "weights" not in json.dumps(processor)


@pytest.mark.parametrize("fusion", [Fusion(), Fusion("l2", "geometric"), Fusion("min_max", "harmonic")], ids=str)
def test_a_pipeline_normalises_and_combines_as_the_fusion_says(version, fusion):
    (processor,) = pipeline(fusion, [0.75, 0.25], version)["phase_results_processors"]
    assert processor["normalization-processor"] == {
        "normalization": {"technique": fusion.technique},
        "combination": {"technique": f"{fusion.mean}_mean", "parameters": {"weights": [0.75, 0.25]}},
    }


def test_without_parameters_there_are_none(version, versions):
    (processor,) = pipeline(Fusion(), [], version)["phase_results_processors"]
    assert processor["normalization-processor"]["combination"] == {"technique": "arithmetic_mean"}
    (processor,) = pipeline(Fusion("rrf"), [], versions.new)["phase_results_processors"]
    assert processor["score-ranker-processor"]["combination"] == {"technique": "rrf", "rank_constant": 60}


def test_filling_in_leaves_the_files_as_they_are(make, version):
    before = {name: read(name) for name in FILES}
    index_body(make.meta({"year": "int"}, language="none", passage=None), {"number_of_shards": 2})
    pipeline(Fusion("rrf", c=7), [0.75, 0.25], version)
    pipeline(Fusion("l2"), [0.75, 0.25], version)
    assert {name: read(name) for name in FILES} == before
