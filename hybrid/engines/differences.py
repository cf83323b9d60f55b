"""In what the engines differ, and why. Everything else agrees: leg scores within 2e-6 (lexical 2e-5 relative), and on
each engine the fused score is `hybrid.fusion` of its own leg lists within 1e-6.

Each line has a test of its name in tests/congruence/test_differences.py, and stands in docs/engines.md.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """`name` is also the name of its test; `what` is said to users."""

    name: str
    what: str


DIFFERENCES = (
    Difference(
        "statistics of deleted documents",
        "Deleted and replaced documents stay in BM25's statistics until segments merge: on OpenSearch not before about "
        "30 seconds, in a folder when the next batch is written. Until then lexical scores differ a little.",
    ),
    Difference(
        "several shards",
        "On an index of several shards BM25's statistics and `depth` are those of each shard, so lexical and fused "
        "scores differ from those of one shard. Typed and dense scores of the same question's vector do not.",
    ),
    Difference(
        "recall of the graph",
        "Without `exact=True` OpenSearch finds near vectors by a graph (HNSW) that may miss some; a folder scores "
        "every vector.",
    ),
    Difference(
        "weights in rrf",
        "OpenSearch 2.19 takes no weights in `rrf`, and ranks wrongly in `rrf` over several shards; both are errors "
        "that say what to use instead.",
    ),
    Difference(
        "when it can be found",
        "What is written to OpenSearch is found by others at the index's own refresh interval, one second unless it is "
        "set; in a folder when they refresh.",
    ),
    Difference(
        "order of equal scores",
        "Equal scores come in the order of ids within a page. In a fusion on OpenSearch it is the server's choice "
        "which of equal documents comes before a page's border.",
    ),
    Difference(
        "mean of many vectors",
        "Questions are centred by the mean of an index's vectors: on OpenSearch by that of 100 documents drawn at "
        "random, of each its first ten, in a folder by that of 10,000 vectors. So the same words may score a little "
        "otherwise; the same vectors do not.",
    ),
)
