"""The graph on 20,000 texts: how many of the exact neighbours it finds, with and without a filter."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from corpus import demo_texts, demo_types, many_sentences

from hybrid import Document, Mention
from hybrid.documents import EncodedDocument, Encoding
from hybrid.encoding import load
from hybrid.engines.factory import create_engine
from hybrid.engines.protocol import IndexMeta
from hybrid.evaluation.dev import read_dev
from hybrid.indexing.checking import as_document
from hybrid.indexing.encode import encode_documents
from hybrid.planning.filters import parse_where
from hybrid.planning.plan import BoundPlan, Plan, PlannedLeg
from hybrid.planning.query import Query

COUNT = 20_000
# One document in a hundred has the rare one.
FIELDS = {"rare": "bool"}
BATCH = 1_024


@pytest.fixture(scope="module")
def encoder():
    return load("minilm")


@pytest.fixture(scope="module")
def corpora():
    folder = os.environ.get("HYBRID_CORPORA")
    return Path(folder) if folder else None


@pytest.fixture(scope="module")
def encoded(encoder, corpora):
    """20,000 sentences of Few-NERD with their annotators' mentions; without corpora the demo's texts, each many times
    with vectors a little way off, so that neighbours are as crowded as real ones."""
    if corpora is None:
        return strewn(encode(encoder, [Document(text["id"], text["text"]) for text in demo_texts()]))
    sentences = many_sentences(corpora, COUNT)
    documents = [
        Document(str(n), sentence.text, mentions=[Mention(span.start, span.end) for span in sentence.spans])
        for n, sentence in enumerate(sentences)
    ]
    return [with_fields(document, n) for n, document in enumerate(encode(encoder, documents))]


def encode(encoder, documents):
    found = []
    for start in range(0, len(documents), BATCH):
        part = [(n, as_document(document)) for n, document in enumerate(documents[start : start + BATCH])]
        found += [document for _, document in encode_documents(part, encoder)[0]]
    return found


def strewn(documents):
    chance = np.random.default_rng(1)
    return [with_fields(moved(documents[n % len(documents)], n, chance), n) for n in range(COUNT)]


def moved(encoded, n, chance):
    def near(rows):
        rows = rows + chance.normal(0, 0.5 / np.sqrt(rows.shape[1]), rows.shape)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    encoding = encoded.encoding
    vectors = Encoding(
        encoding.passages, near(encoding.passage_vectors), encoding.mentions, near(encoding.mention_vectors)
    )
    return EncodedDocument(replace(encoded.document, id=str(n)), vectors, encoded.mentions_from)


def with_fields(encoded, n):
    return replace(encoded, document=replace(encoded.document, fields={"rare": n % 100 == 0}))


@pytest.fixture(scope="module", params=["2.19.6", "3.6.0"])
def engine(request, opensearch_node, encoder, encoded):
    """All of them on a real node."""
    node = opensearch_node(request.param)
    meta = IndexMeta(encoder.name, encoder.fingerprint, encoder.dimensions, "english", FIELDS)
    made = create_engine(f"opensearch://{node.url.removeprefix('http://')}/recall", meta)
    for start in range(0, COUNT, BATCH):
        report = made.write(encoded[start : start + BATCH])
        assert {item.status for item in report.items} == {"written"}
    made.refresh()
    assert made.statistics().documents == COUNT
    yield made
    made.close()
    node.request("DELETE", "/recall-000001", timeout=300)


@pytest.fixture(scope="module")
def asked(corpora):
    return demo_types() if corpora is None else [words for task in read_dev(corpora) for words in task.types.values()]


@pytest.mark.parametrize("rare", [False, True], ids=["unfiltered", "one in a hundred"])
@pytest.mark.parametrize("leg", ["typed", "dense"])
def test_the_graph_finds_nearly_all(leg, rare, engine, encoder, encoded, asked):
    questions = encoder.encode_types(asked) if leg == "typed" else encoder.encode_queries(asked)
    exact = exact_scores(encoded, leg, questions, rare)
    found = {10: [], 100: []}
    for words, question, scores in zip(asked, questions, exact, strict=True):
        plan = Plan(Query(words), (PlannedLeg(leg, words),), None, k=100, mentions=0)
        where = parse_where({"rare": True}, FIELDS) if rare else None
        hits = engine.search(BoundPlan(plan, {leg: question}, where, text=False))
        assert len(hits) == 100
        ranked = np.sort(scores)[::-1]
        for k, shares in found.items():
            # Documents that tie with the last one count as well as it does.
            border = ranked[k - 1] - 2e-6
            shares.append(sum(scores[int(hit.id)] >= border for hit in hits[:k]) / k)
    assert np.mean(found[10]) >= 0.98, found
    assert np.mean(found[100]) >= 0.95, found


def exact_scores(encoded, leg, questions, rare):
    """(1 + cos) / 2 of each document's nearest vector, [questions, documents]; those that do not pass have -1."""
    vectors = [
        document.encoding.mention_vectors if leg == "typed" else document.encoding.passage_vectors
        for document in encoded
    ]
    counts = np.array([len(rows) for rows in vectors])
    cosines = questions @ np.concatenate(vectors).T
    scores = np.full((len(questions), len(encoded)), -1.0)
    having = np.flatnonzero(counts)
    starts = np.concatenate([[0], np.cumsum(counts[having])[:-1]])
    scores[:, having] = (1.0 + np.maximum.reduceat(cosines, starts, axis=1)) / 2.0
    if rare:
        scores[:, [not document.document.fields["rare"] for document in encoded]] = -1.0
    return scores
