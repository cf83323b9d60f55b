"""`find` on 10,000 documents per leg and fused, against the floor: the bare matrix product and the bare tantivy query.

The floor answers nothing: it multiplies the same vectors by the same question and takes the first documents from an
index of the same tokens. `find` filters, takes the best mention of each document, fuses, and reads hits with their
matches. The question's vector is remembered by then; what encoding it costs is a row of its own.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tantivy

from benchmarks.measuring import p50, p95, samples, seconds, table
from benchmarks.texts import labelled_sentences, source
from hybrid import Document, Mention, Retriever
from hybrid.engines.embedded.analysis import Analyzer

SIZE = int(os.environ.get("BENCHMARK_SIZE", "10000"))
TYPES = [
    "newspaper",
    "island",
    "disease",
    "football club",
    "aircraft",
    "film director",
    "mountain",
    "war",
    "god",
    "road",
]
FUSED = "min_max(typed=1, dense=.2, lexical=.3)"
DEPTH = 1_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Retriever.create(Path(folder) / "index") as retriever:
        documents = [
            Document(str(i), text, fields={"year": 1900 + i % 100}, mentions=[Mention(*span) for span in spans])
            for i, (text, spans) in enumerate(labelled_sentences(SIZE))
        ]
        took = seconds(lambda: retriever.index(documents, progress=False))
        report = retriever.statistics()
        print(f"{report.documents:,} documents of {source()}, {report.mentions:,} mentions, indexed in {took:.1f} s")
        floor = Floor(retriever, Path(folder))
        ways = (("typed", floor.typed), ("dense", floor.dense), ("lexical", floor.lexical), (FUSED, floor.all))
        filters: tuple[dict[str, object] | None, ...] = (None, {"year": {">=": 1950}})
        rows = [measure(retriever, how, where, bare) for how, bare in ways for where in filters]
        table(f"find, k = 10 (ms, {20 * len(TYPES)} questions)", HEADER, rows)
        encoding(retriever)


HEADER = ["how", "filter", "p50", "p95", "floor p50", "floor p95", "ratio p50", "ratio p95"]


def measure(
    retriever: Retriever, how: str, where: dict[str, object] | None, bare: Callable[[str], object]
) -> list[object]:
    ours, theirs = [], []
    for type in TYPES:
        found = samples(
            [lambda type=type: retriever.find(type, how=how, where=where), lambda type=type: bare(type)], 20
        )
        ours += found[0]
        theirs += found[1]
    ratios = [p50(ours) / p50(theirs), p95(ours) / p95(theirs)]
    return [how, "half" if where else "none", p50(ours), p95(ours), p50(theirs), p95(theirs), *ratios]


def encoding(retriever: Retriever) -> None:
    encoder = retriever.encoder
    assert encoder is not None
    taken = samples(
        [
            lambda: [encoder.encode_types([type]) for type in TYPES],
            lambda: [encoder.encode_queries([type]) for type in TYPES],
        ],
        10,
    )
    rows = [[name, p50(found) / len(TYPES)] for name, found in zip(["type", "question"], taken, strict=True)]
    table("a question that was not asked before, besides (ms)", ["vector", "p50"], rows)


class Floor:
    """The same vectors in memory and the same tokens in a plain index."""

    def __init__(self, retriever: Retriever, folder: Path) -> None:
        encoder = retriever.encoder
        assert encoder is not None
        encoded = list(retriever._engine.scan())
        self.mentions = np.concatenate([entry.encoding.mention_vectors for entry in encoded])
        self.passages = np.concatenate([entry.encoding.passage_vectors for entry in encoded])
        self.questions = dict(zip(TYPES, encoder.encode_types(TYPES), strict=True))
        self.words = dict(zip(TYPES, encoder.encode_queries(TYPES), strict=True))
        analyze = Analyzer()
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
        index = tantivy.Index(builder.build(), path=None)
        writer = index.writer(64_000_000, 1)
        for entry in encoded:
            writer.add_document(tantivy.Document(text=" ".join(analyze(entry.document.text))))
        writer.commit()
        index.reload()
        self.searcher = index.searcher()
        self.queries = {
            type: tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Should, tantivy.Query.term_query(index.schema, "text", token, index_option="freq"))
                    for token in analyze(type)
                ]
            )
            for type in TYPES
        }

    def typed(self, type: str) -> object:
        return self.mentions @ self.questions[type]

    def dense(self, type: str) -> object:
        return self.passages @ self.words[type]

    def lexical(self, type: str) -> object:
        return self.searcher.search(self.queries[type], limit=10, count=False)

    def all(self, type: str) -> object:
        return self.typed(type), self.dense(type), self.searcher.search(self.queries[type], limit=DEPTH, count=False)


if __name__ == "__main__":
    main()
