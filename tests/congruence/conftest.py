"""The same texts, encoded once by the bundle that ships, on the folder and on real nodes of both versions."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from corpus import Corpus, read_corpus

from hybrid import Retriever
from hybrid.documents import EncodedDocument
from hybrid.encoding import load
from hybrid.encoding.protocol import Encoder
from hybrid.engines.opensearch import centroids
from hybrid.indexing.checking import as_document
from hybrid.indexing.encode import encode_documents

SERVERS = ("2.19.6", "3.6.0")
ENGINES = ("embedded", *SERVERS)
BATCH = 512


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The bundle that ships."""
    return load("minilm")


@pytest.fixture(autouse=True)
def whole_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions are centred by the mean of all vectors, on servers too; a sample stands in the differences."""
    monkeypatch.setattr(centroids, "SAMPLE", 10_000)
    monkeypatch.setattr(centroids, "EACH", 100)


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """At least 2,000 real texts where HYBRID_CORPORA is, else the demo's."""
    corpora = os.environ.get("HYBRID_CORPORA")
    return read_corpus(Path(corpora) if corpora else None)


@pytest.fixture(scope="session")
def encoded(corpus: Corpus, encoder: Encoder) -> list[EncodedDocument]:
    """The texts with their vectors."""
    return encode(corpus, encoder)


def encode(corpus: Corpus, encoder: Encoder) -> list[EncodedDocument]:
    found: list[EncodedDocument] = []
    for start in range(0, len(corpus.documents), BATCH):
        part = [(n, as_document(document)) for n, document in enumerate(corpus.documents[start : start + BATCH])]
        accepted, refused, _ = encode_documents(part, encoder)
        assert not refused
        found += [document for _, document in accepted]
    return found


@dataclass
class Engines:
    """The same documents behind three retrievers, by the name of the engine."""

    retrievers: dict[str, Retriever]

    def __iter__(self) -> Iterator[tuple[str, Retriever]]:
        return iter(self.retrievers.items())

    def __getitem__(self, name: str) -> Retriever:
        return self.retrievers[name]

    def write(self, documents: list[EncodedDocument]) -> None:
        for retriever in self.retrievers.values():
            report = retriever._engine.write(documents)
            assert {item.status for item in report.items} <= {"written", "replaced"}
            retriever.refresh()

    def delete(self, ids: list[str]) -> None:
        for retriever in self.retrievers.values():
            retriever.delete(ids)

    def close(self) -> None:
        for retriever in self.retrievers.values():
            retriever.close()


@pytest.fixture(scope="session")
def make_engines(opensearch_node, encoder, tmp_path_factory) -> Iterator[Callable[..., Engines]]:
    """Makes an index of one name on every engine, empty."""
    made: list[tuple[Engines, str]] = []
    nodes = {version: opensearch_node(version) for version in SERVERS}

    def make(name: str, fields: dict[str, str] | None = None, settings: dict[str, object] | None = None) -> Engines:
        # Otherwise a server makes what is written findable by itself, at moments of its own.
        settings = {"refresh_interval": "-1", **(settings or {})}
        folder = tmp_path_factory.mktemp(name) / "index"
        retrievers = {"embedded": Retriever.create(folder, encoder=encoder, fields=fields)}
        for version, node in nodes.items():
            target = f"opensearch://{node.url.removeprefix('http://')}/{name}"
            retrievers[version] = Retriever.create(target, encoder=encoder, fields=fields, settings=settings)
        engines = Engines(retrievers)
        made.append((engines, name))
        return engines

    yield make
    for engines, name in made:
        engines.close()
        for node in nodes.values():
            node.request("DELETE", f"/{name}-*?expand_wildcards=all")


@pytest.fixture(scope="session")
def engines(make_engines, corpus, encoded) -> Engines:
    """The corpus on every engine; tests that change it make their own."""
    filled = make_engines("congruence", corpus.types)
    filled.write(encoded)
    return filled


@pytest.fixture
def chance() -> random.Random:
    """Randomness that is the same in every run."""
    return random.Random(20)
