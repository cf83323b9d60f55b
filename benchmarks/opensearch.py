"""OpenSearch as the engine, on real nodes of this machine: writing, asking, recall and room, each beside its floor.

Writing: the same documents by opensearch-py's own `parallel_bulk`, as dicts that it turns into JSON and as JSON that is
ready. Asking: the very requests that `find` sends, replayed by bare HTTP without reading the answers. Recall: the graph
against the exact product.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import orjson
import urllib3
from opensearchpy import OpenSearch, helpers

from benchmarks.find import FUSED, TYPES
from benchmarks.measuring import p50, p95, samples, seconds, table
from benchmarks.texts import labelled_sentences, source
from hybrid import Document, Mention, Retriever
from hybrid.documents import EncodedDocument
from hybrid.encoding import load
from hybrid.encoding.protocol import Encoder
from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.messages import Request
from hybrid.engines.opensearch.sources import to_source
from hybrid.engines.opensearch.writing import check
from hybrid.engines.protocol import IndexMeta
from hybrid.indexing.checking import as_document
from hybrid.indexing.encode import encode_documents
from hybrid.testing import start_node

SIZE = int(os.environ.get("BENCHMARK_SIZE", "10000"))
VERSIONS = ("2.19.6", "3.6.0")
BATCH = 512
ROUNDS = 2
FIELDS = {"year": "int"}


def main() -> None:
    encoder = load("minilm")
    documents = encoded(encoder)
    print(f"{len(documents):,} documents of {source()}, {mentions(documents):,} mentions")
    for version in VERSIONS:
        with start_node(version, heap="1g") as node:
            address = node.url.removeprefix("http://")
            print(f"\nOpenSearch {version}")
            writing(address, encoder, documents)
            target = f"opensearch://{address}/asked"
            with filled(target, encoder, documents) as retriever:
                room(retriever, node.url, documents)
                asking(retriever, address)
                recall(retriever, encoder, documents)


def encoded(encoder: Encoder) -> list[EncodedDocument]:
    documents = [
        as_document(
            Document(str(i), text, fields={"year": 1900 + i % 100}, mentions=[Mention(*span) for span in spans])
        )
        for i, (text, spans) in enumerate(labelled_sentences(SIZE))
    ]
    found: list[EncodedDocument] = []
    for start in range(0, len(documents), BATCH):
        accepted, _, _ = encode_documents(list(enumerate(documents[start : start + BATCH])), encoder)
        found += [document for _, document in accepted]
    return found


def mentions(documents: Sequence[EncodedDocument]) -> int:
    return sum(len(document.encoding.mentions) for document in documents)


def writing(address: str, encoder: Encoder, documents: Sequence[EncodedDocument]) -> None:
    """In turn, so that a drift of the machine's speed meets all of them alike; each into an index of its own."""
    meta = IndexMeta(encoder.name, encoder.fingerprint, encoder.dimensions, "english", {"year": "int"})
    sources = [to_source(document) for document in check(documents, meta).documents]  # type: ignore[arg-type]
    texts = [orjson.dumps(one, option=orjson.OPT_SERIALIZE_NUMPY).decode() for one in sources]
    dicts = [orjson.loads(text) for text in texts]
    ways = (
        ("hybrid", lambda: ours(address, encoder, documents)),
        ("parallel_bulk of dicts", lambda: bare(address, meta, [({"index": {"_id": d["id"]}}, d) for d in dicts])),
        (
            "parallel_bulk of ready JSON",
            lambda: bare(address, meta, [({"index": {"_id": d["id"]}}, t) for d, t in zip(dicts, texts, strict=True)]),
        ),
    )
    taken: dict[str, list[float]] = {name: [] for name, _ in ways}
    for _ in range(ROUNDS):
        for name, way in ways:
            taken[name].append(way())
    best = {name: min(found) for name, found in taken.items()}
    rows = [[name, len(documents) / best[name], best[name] / best["hybrid"]] for name, _ in ways]
    table(f"write {len(documents):,} documents (best of {ROUNDS})", ["way", "documents/s", "time over hybrid's"], rows)


def ours(address: str, encoder: Encoder, documents: Sequence[EncodedDocument]) -> float:
    with Retriever.create(f"opensearch://{address}/ours", encoder=encoder, fields=FIELDS) as retriever:
        engine = retriever._engine

        def write() -> None:
            for start in range(0, len(documents), BATCH):
                engine.write(documents[start : start + BATCH])

        took = seconds(write)
    gone(address, "ours-000001")
    return took


def bare(address: str, meta: IndexMeta, actions: Sequence[tuple[Any, Any]]) -> float:
    client = OpenSearch(f"http://{address}", timeout=120)
    client.indices.create(index="bare", body=mappings.index_body(meta, {}))

    def write() -> None:
        for done, _ in helpers.parallel_bulk(client, actions, index="bare", expand_action_callback=lambda pair: pair):
            assert done

    took = seconds(write)
    client.close()
    gone(address, "bare")
    return took


def gone(address: str, index: str) -> None:
    """Deleting waits for the merges under way, so that the next one begins on a machine at rest."""
    client = OpenSearch(f"http://{address}", timeout=300)
    client.indices.delete(index=index, params={"cluster_manager_timeout": "280s"})
    client.close()
    time.sleep(2)


@contextmanager
def filled(target: str, encoder: Encoder, documents: Sequence[EncodedDocument]) -> Iterator[Retriever]:
    with Retriever.create(target, encoder=encoder, fields=FIELDS) as retriever:
        for start in range(0, len(documents), BATCH):
            retriever._engine.write(documents[start : start + BATCH])
        retriever.refresh()
        yield retriever


def room(retriever: Retriever, url: str, documents: Sequence[EncodedDocument]) -> None:
    """Bytes of one copy once all is one segment; vectors alone would take 4 bytes a number."""
    client = OpenSearch(url, timeout=600)
    client.indices.forcemerge(index="asked", params={"max_num_segments": 1})
    client.indices.refresh(index="asked")
    client.close()
    found = retriever.statistics()
    vectors = sum(d.encoding.mention_vectors.nbytes + d.encoding.passage_vectors.nbytes for d in documents)  # type: ignore[union-attr]
    table(
        "room, one segment",
        ["MB", "of which vectors", "bytes a document", "bytes a mention"],
        [[found.bytes / 1e6, vectors / found.bytes, found.bytes / found.documents, found.bytes / found.mentions]],
    )


def asking(retriever: Retriever, address: str) -> None:
    rows = [
        measure(retriever, address, how, where)
        for how in ("lexical", "typed", "dense", FUSED, "rrf(typed, dense, lexical)")
        for where in (None, {"year": {">=": 1950}})
    ]
    header = ["how", "filter", "p50", "p95", "bare p50", "bare p95", "ratio p50", "ratio p95"]
    table(f"find, k = 10 (ms, {len(TYPES)} types)", header, rows)


def measure(retriever: Retriever, address: str, how: str, where: dict[str, object] | None) -> list[object]:
    ours_taken, bare_taken = [], []
    host, _, port = address.partition(":")
    with urllib3.HTTPConnectionPool(host, int(port), maxsize=1) as pool:
        for type in TYPES:
            requests = sent_by(retriever, type, how, where)

            def replay(requests: Sequence[Request] = requests) -> None:
                for request in requests:
                    query = "&".join(f"{name}={value}" for name, value in request.params.items())
                    kind = "application/x-ndjson" if request.path.endswith("_msearch") else "application/json"
                    answer = pool.urlopen(
                        request.method, f"{request.path}?{query}", body=request.body, headers={"content-type": kind}
                    )
                    assert answer.status == 200

            found = samples([lambda type=type: retriever.find(type, how=how, where=where), replay], 12)
            ours_taken += found[0]
            bare_taken += found[1]
    mine, floor = (p50(ours_taken), p95(ours_taken)), (p50(bare_taken), p95(bare_taken))
    return [how, "half" if where else "none", *mine, *floor, mine[0] / floor[0], mine[1] / floor[1]]


def sent_by(retriever: Retriever, type: str, how: str, where: dict[str, object] | None) -> list[Request]:
    """The requests that one `find` sends."""
    retriever.find(type, how=how, where=where)
    transport = retriever._engine._index._server.transport  # type: ignore[attr-defined]
    requests: list[Request] = []
    send = transport.send

    async def noted(request: Request) -> Any:
        requests.append(request)
        return await send(request)

    transport.send = noted
    try:
        retriever.find(type, how=how, where=where)
    finally:
        del transport.send
    return requests


def recall(retriever: Retriever, encoder: Encoder, documents: Sequence[EncodedDocument]) -> None:
    rows = []
    for leg in ("typed", "dense"):
        exact = scores(encoder, leg, documents)
        for name, where in (("none", None), ("one in a hundred", {"year": 1950})):
            shares: dict[int, list[float]] = {10: [], 100: []}
            for row, type in enumerate(TYPES):
                passing = [where is None or d.document.fields["year"] == 1950 for d in documents]
                of = np.where(passing, exact[row], -1.0)
                how = f"{leg}; centring=0"  # the exact product's questions are not centred
                hits = retriever.find(type, how=how, where=where, k=100, text=False, mentions=0)
                for k, found in shares.items():
                    border = np.sort(of)[-k] - 2e-6
                    found.append(sum(of[int(hit.id)] >= border for hit in hits[:k]) / k)
            rows.append([leg, name, float(np.mean(shares[10])), float(np.mean(shares[100]))])
    table("recall of the graph against the exact product", ["leg", "filter", "@10", "@100"], rows)


def scores(encoder: Encoder, leg: str, documents: Sequence[EncodedDocument]) -> Any:
    questions = encoder.encode_types(TYPES) if leg == "typed" else encoder.encode_queries(TYPES)
    found = np.full((len(TYPES), len(documents)), -1.0)
    for column, document in enumerate(documents):
        rows = document.encoding.mention_vectors if leg == "typed" else document.encoding.passage_vectors
        if rows is not None and len(rows):
            found[:, column] = (1.0 + (questions @ rows.T).max(axis=1)) / 2.0
    return found


if __name__ == "__main__":
    main()
