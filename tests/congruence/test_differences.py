"""Every line of the table of differences, shown on real nodes."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ties import absolute, assert_same_ranking

from hybrid import Document, InvalidQuery, Retriever
from hybrid.engines.differences import DIFFERENCES
from hybrid.engines.opensearch import centroids

SERVERS = ("2.19.6", "3.6.0")
ROOT = Path(__file__).parents[2]
WORDS = "city"


def ranking(hits):
    return [(hit.id, hit.score) for hit in hits]


def test_every_line_has_a_test_of_its_name_and_stands_in_the_docs():
    page = " ".join((ROOT / "docs" / "engines.md").read_text(encoding="utf8").split())
    for difference in DIFFERENCES:
        assert f"test_{difference.name.replace(' ', '_')}" in globals(), difference.name
        assert difference.what in page, difference.name


@pytest.mark.parametrize("version", SERVERS)
def test_statistics_of_deleted_documents(version, make_engines, corpus, encoded):
    engines = make_engines(f"deleted-{version.replace('.', '-')}", corpus.types)
    engines.write(encoded[:100])
    words = "the"
    before = dict(ranking(engines[version].find(words, how="lexical", k=100)))
    gone = list(before)[: len(before) // 2]
    engines.delete(gone)
    after = dict(ranking(engines[version].find(words, how="lexical", k=100)))
    # The deleted ones are no answers any more, but the others are scored as if they were still there.
    assert after == pytest.approx({id: score for id, score in before.items() if id not in gone})


@pytest.mark.parametrize("version", SERVERS)
def test_several_shards(version, make_engines, corpus, encoded):
    engines = make_engines(f"shards-{version.replace('.', '-')}", corpus.types, {"number_of_shards": 2})
    some = encoded[:300]
    engines.write(some)
    one, two = engines["embedded"], engines[version]
    for leg in ("typed", "dense"):
        expected = ranking(one.find(WORDS, how=leg, exact=True, k=50))
        assert_same_ranking(expected, ranking(two.find(WORDS, how=leg, exact=True, k=50)), absolute(2e-6))
    found = {name: engines[name].find("the first", how="lexical", k=300) for name in ("embedded", version)}
    scores = {name: dict(ranking(hits)) for name, hits in found.items()}
    assert scores["embedded"].keys() == scores[version].keys()
    assert scores["embedded"] != pytest.approx(scores[version], rel=1e-3)
    ids = [document.document.id for document in some]
    assert two.get(ids) == one.get(ids)
    assert {document.id for document in two._engine.documents()} == set(ids)
    assert two.rebuild(progress=False).documents == len(some)


@pytest.mark.parametrize("version", SERVERS)
def test_recall_of_the_graph(version, engines, corpus):
    """What it is on 20,000 texts stands in test_recall.py; here: `exact` misses nothing, whatever the graph does."""
    for type in corpus.asked[:10]:
        for leg in ("typed", "dense"):
            expected = ranking(engines["embedded"].find(type, how=leg, k=100))
            assert_same_ranking(
                expected, ranking(engines[version].find(type, how=leg, k=100, exact=True)), absolute(2e-6)
            )


def test_weights_in_rrf(engines, make_engines, corpus, encoded):
    with pytest.raises(InvalidQuery, match="takes no weights in rrf; give none, or use min_max or l2"):
        engines["2.19.6"].find(WORDS, how="rrf(typed=2, lexical=1)")
    assert len(engines["3.6.0"].find(WORDS, how="rrf(typed=2, lexical=1)")) == 10
    shards = make_engines("rrf-shards", corpus.types, {"number_of_shards": 2})
    shards.write(encoded[:50])
    with pytest.raises(InvalidQuery, match="ranks wrongly in rrf over 2 shards"):
        shards["2.19.6"].find(WORDS, how="rrf(typed, lexical)")
    assert len(shards["3.6.0"].find(WORDS, how="rrf(typed, lexical)")) == 10


@pytest.mark.parametrize("version", SERVERS)
def test_when_it_can_be_found(version, opensearch_node, encoder, tmp_path):
    node = opensearch_node(version)
    target = f"opensearch://{node.url.removeprefix('http://')}/interval"
    for place in (target, tmp_path / "index"):
        with Retriever.create(place, encoder=encoder) as writer, Retriever.open(place, encoder=encoder) as reader:
            reader.find("plant", how="lexical")
            writer.index([Document("a", "a plant")], refresh=False, progress=False)
            until = time.monotonic() + 10
            while not reader.find("plant", how="lexical") and place == target and time.monotonic() < until:
                time.sleep(0.2)
            assert len(reader.find("plant", how="lexical")) == (1 if place == target else 0)
            reader.refresh()
            assert len(reader.find("plant", how="lexical")) == 1
    node.request("DELETE", "/interval-000001")


@pytest.mark.parametrize("version", SERVERS)
def test_order_of_equal_scores(version, make_engines, encoded):
    engines = make_engines(f"ties-{version.replace('.', '-')}")
    document = encoded[1]
    # Written against the order of their ids.
    ids = [f"{n:02}" for n in range(40)]
    engines.write([replace(document, document=replace(document.document, id=id, fields={})) for id in reversed(ids)])
    for how in ("typed", "dense", "min_max(typed, dense)"):
        for name, retriever in engines:
            pages = [retriever.find(WORDS, how=how, k=10, offset=offset, exact=True) for offset in (0, 10, 20, 30)]
            found = [[hit.id for hit in page] for page in pages]
            assert all(page == sorted(page) for page in found), name
            assert sorted(id for page in found for id in page) == ids, name
            if name == "embedded" or how in ("typed", "dense"):
                assert [id for page in found for id in page] == ids, name


@pytest.mark.parametrize("version", SERVERS)
def test_mean_of_many_vectors(version, engines, monkeypatch):
    folder, server = (engines[name]._engine for name in ("embedded", version))
    whole = {"embedded": folder.centroids(), version: server.centroids()}
    monkeypatch.setattr(centroids, "SAMPLE", 50)
    sampled = server.centroids()
    for leg, own in whole["embedded"].items():
        assert own.count == whole[version][leg].count == sampled[leg].count
        np.testing.assert_allclose(whole[version][leg].mean, own.mean, atol=1e-6)
        assert not np.allclose(sampled[leg].mean, own.mean, atol=1e-6)
        assert np.linalg.norm(sampled[leg].mean - own.mean) < 0.2
    server.refresh()  # no other test shall be centred by what is remembered
