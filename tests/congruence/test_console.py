"""What `plan --console` prints, sent as Dev Tools would send it: the same documents, order and scores as `find`."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest

from hybrid import InvalidInput

HOWS = (
    "auto",
    "typed",
    "dense",
    "bm25",
    "min_max(typed=1, dense=.2, lexical=.3)",
    "min_max.geometric(typed, dense)",
    "min_max.harmonic(typed, lexical=2); depth=40",
    "l2(typed, dense, lexical)",
    "l2.geometric(typed=3, lexical)",
    "l2.harmonic(dense, lexical)",
    "rrf(typed, dense, lexical)",
    "rrf(typed, lexical, c=20); depth=50",
)
PAGES: tuple[Mapping[str, Any], ...] = (
    {},
    {"k": 7, "offset": 5, "about": "money"},
    {"exact": True, "mentions": 0},
    {"where": {"lang": ["A", "🦕"], "year": {">=": 0}, "$or": [{"open": True}, {"$not": {"price": {"<": 1}}}]}},
)


def replayed(node: Any, printed: str) -> list[tuple[str, float]]:
    """The first line is method and path, the rest the body."""
    line, _, body = printed.partition("\n")
    method, _, path = line.partition(" ")
    request = urllib.request.Request(
        node.url + path, body.encode(), {"content-type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        hits = json.load(answer)["hits"]["hits"]
    assert all("vector" not in json.dumps(hit) for hit in hits)
    return [(hit["_id"], hit["_score"]) for hit in hits]


@pytest.mark.parametrize("page", PAGES, ids=str)
@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("version", ["2.19.6", "3.6.0"])
def test_the_printed_request_gives_what_find_gives(version, how, page, engines, opensearch_node, corpus):
    retriever = engines[version]
    # Few texts hold the words of a kind: the demo's none.
    plan = retriever.plan("the first" if how == "bm25" else corpus.asked[3], how=how, **page)
    printed = retriever.console(plan)
    found = [(hit.id, hit.score) for hit in retriever.run(plan)]
    assert found
    shown = replayed(opensearch_node(version), printed)
    assert [score for _, score in shown] == [score for _, score in found]
    # Equal scores of a fusion are put in the order of ids by find.
    assert sorted(shown, key=lambda pair: (-pair[1], pair[0])) == found
    if plan.fusion is None:
        assert shown == found


def test_weighted_ranks_where_the_version_takes_them(engines, opensearch_node, corpus):
    retriever = engines["3.6.0"]
    plan = retriever.plan(corpus.asked[0], how="rrf(typed=3, dense=1, lexical=.5)")
    shown = replayed(opensearch_node("3.6.0"), retriever.console(plan))
    assert sorted(shown, key=lambda pair: (-pair[1], pair[0])) == [(hit.id, hit.score) for hit in retriever.run(plan)]


def test_a_folder_has_no_request_to_print(engines, corpus):
    retriever = engines["embedded"]
    with pytest.raises(InvalidInput, match="an index in a folder is asked by no request of OpenSearch Dashboards"):
        retriever.console(retriever.plan(corpus.asked[0]))
