"""After deletions and replacements the engines agree: by ids and vectors at once, by words once both have merged."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from ties import absolute, assert_same_ranking, relative

# Retention leases keep deleted documents for so long, and no merge before then drops them.
KEPT = 35


@pytest.fixture(scope="module")
def changed(make_engines, corpus, encoded, encoder):
    """A third of the texts deleted, a third replaced by another one's text, some of the deleted written again."""
    engines = make_engines("changed", corpus.types)
    documents = encoded[:600]
    engines.write(documents)
    ids = [document.document.id for document in documents]
    engines.delete(ids[::3])
    others = {ids[n]: documents[n + 1] for n in range(1, len(ids) - 1, 3)}
    engines.write([replace(other, document=replace(other.document, id=id)) for id, other in others.items()])
    engines.write(documents[:60:6])
    return engines


def ranking(retriever, type, how):
    hits = retriever.find(type, how=how, k=100, exact=True)
    return [(hit.id, hit.score) for hit in hits]


def test_the_same_documents_are_there(changed, encoded):
    ids = [document.document.id for document in encoded[:600]]
    expected = changed["embedded"].get(ids)
    assert 0 < sum(document is not None for document in expected) < 600
    for name, retriever in changed:
        assert retriever.get(ids) == expected, name
        assert retriever.count() == changed["embedded"].count(), name
        scanned = {encoded.document.id: encoded.document for encoded in retriever._engine.scan()}
        assert scanned == {document.id: document for document in expected if document is not None}, name


@pytest.mark.parametrize("how", ["typed", "dense"])
def test_the_vector_legs_agree_at_once(how, changed, corpus):
    for type in corpus.asked[:20]:
        expected = ranking(changed["embedded"], type, how)
        for _, retriever in changed:
            assert_same_ranking(expected, ranking(retriever, type, how), absolute(2e-6))


def test_the_lexical_leg_agrees_once_both_have_merged(changed, corpus, opensearch_node):
    assert len(ranking(changed["embedded"], "the first", "lexical")) > 20
    embedded = changed["embedded"]._engine
    # A folder's compacting copy has no deleted documents.
    with embedded.rebuild(embedded.meta) as fresh:
        fresh.write(list(embedded.scan()))
    embedded.refresh()
    time.sleep(KEPT)
    for version in ("2.19.6", "3.6.0"):
        node = opensearch_node(version)
        node.request("POST", "/changed/_flush")
        node.request("POST", "/changed/_forcemerge?only_expunge_deletes=true")
        node.request("POST", "/changed/_forcemerge?max_num_segments=1")
        node.request("POST", "/changed/_refresh")
    for words in (*corpus.asked[:20], "the first", "city and river", "company"):
        expected = ranking(changed["embedded"], words, "lexical")
        for _, retriever in changed:
            assert_same_ranking(expected, ranking(retriever, words, "lexical"), relative(2e-5))
