"""Answers as real servers give them, to rows and hits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.documents import LegScore, Match, Mention, Snippet
from hybrid.engines.opensearch.responses import (
    Row,
    hits_of,
    lacking,
    read_inner,
    read_ranks,
    read_rows,
    to_hit,
)
from hybrid.errors import ServerError

TEXT = "🦕 Michelin opened a plant"
MENTIONS = [
    {"start": 2, "end": 10, "surface": "Michelin", "score": 0.9},
    {"start": 0, "end": 1, "surface": "🦕"},
    {"start": 20, "end": 25, "surface": "plant"},
]
SOURCE = {
    "id": "a",
    "text": TEXT,
    "mentions_from": "given",
    "mentions": MENTIONS,
    "passages": [{"start": 0, "end": 25}],
}


def entry(id, score, **more):
    return {"_index": "news-000001", "_id": id, "_score": score, **more}


def inner(*found, field="typed"):
    """Inner hits: places among the mentions, with their scores."""
    hits = [
        entry(
            "a",
            score,
            _nested={"field": "mentions", "offset": place},
            _source={"start": MENTIONS[place]["start"], "end": MENTIONS[place]["end"]},
        )
        for place, score in found
    ]
    return {field: {"hits": {"total": {"value": len(hits), "relation": "eq"}, "hits": hits}}}


def answer(*entries, failed=0, timed_out=False):
    shards = {"total": 1, "successful": 1 - failed, "skipped": 0, "failed": failed}
    return {"took": 3, "timed_out": timed_out, "_shards": shards, "hits": {"max_score": 1.0, "hits": list(entries)}}


def row(id="a", score=1.0, source=SOURCE, legs=None, inner=()):
    return Row(id, score, "news-000001", source, legs or {}, inner)


def test_a_row_is_what_the_server_says_of_a_hit():
    found = entry(
        "a",
        0.75,
        _source=SOURCE,
        sort=[0.75, "a"],
        matched_queries={"typed": 0.75, "lexical": 0.2, "mine": 1.0},
        inner_hits=inner((0, 0.75)),
    )
    (read,) = read_rows(answer(found))
    assert (read.id, read.score, read.index, read.source) == ("a", 0.75, "news-000001", SOURCE)
    assert read.legs == {"typed": 0.75, "lexical": 0.2}
    assert [hit["_score"] for hit in read.inner] == [0.75]


def test_what_a_hit_may_lack():
    (read,) = read_rows(answer(entry("a", 1)))
    assert (read.source, read.legs, read.inner) == ({}, {}, ())


@given(st.dictionaries(st.text(max_size=3), st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=12), st.randoms())
def test_rows_come_by_falling_score_and_equal_ones_by_id(scores, random):
    entries = [entry(id, score) for id, score in scores.items()]
    random.shuffle(entries)
    expected = sorted(scores, key=lambda id: (-scores[id], id))
    assert [read.id for read in read_rows(answer(*entries))] == expected


@pytest.mark.parametrize("body", [None, "", [], {}, {"hits": {}}, {"sign": "in"}, {**answer(), "hits": []}, 7], ids=str)
def test_an_answer_without_hits_is_told(body):
    with pytest.raises(ServerError, match="has no hits to read; is there a proxy before it"):
        hits_of(body)


@pytest.mark.parametrize("body", [answer(failed=1), answer(timed_out=True)], ids=str)
def test_an_answer_that_is_not_whole_is_an_error(body):
    with pytest.raises(ServerError, match="a part of the index did not answer"):
        read_rows(body)


def test_ranks_keep_the_servers_order_and_leave_out_what_a_leg_gives_nothing():
    assert read_ranks(answer(entry("b", 2), entry("a", 2.0), entry("c", 0.0))) == [("b", 2.0), ("a", 2.0)]
    assert read_ranks(answer()) == []


def test_inner_hits_are_read_by_document():
    found = read_inner(answer(entry("a", 1.0, inner_hits=inner((1, 0.9), (0, 0.5))), entry("b", 1.0)))
    assert {id: [hit["_score"] for hit in hits] for id, hits in found.items()} == {"a": [0.9, 0.5], "b": []}


def test_only_documents_with_mentions_that_the_answer_did_not_bring_are_asked_for_again(make):
    with_inner = row("a", inner=inner((0, 1.0))["typed"]["hits"]["hits"])
    rows = [with_inner, row("b"), row("c", source={**SOURCE, "mentions": []}), row("d", source={"text": "x"})]
    assert lacking(rows, make.bound("typed")) == ["b"]
    assert lacking(rows, make.bound("lexical", "typed")) == ["b"]
    assert lacking(rows, make.bound("typed", mentions=0)) == []
    assert lacking(rows, make.bound("lexical", "dense")) == []


def hits_of_mentions(*found):
    return inner(*found)["typed"]["hits"]["hits"]


def test_a_hit_has_its_document_and_its_matches_in_the_order_of_the_answer(make):
    legs = {"typed": LegScore(0.95)}
    hit = to_hit(row(score=0.95), hits_of_mentions((2, 0.95), (0, 0.5)), make.bound("typed"), legs)
    assert (hit.id, hit.score, hit.legs) == ("a", 0.95, legs)
    assert hit.document.text == TEXT
    assert [mention.surface for mention in hit.document.mentions] == ["Michelin", "🦕", "plant"]
    assert hit.mentions == (
        Match(Mention(20, 25, "plant"), pytest.approx(0.9)),
        Match(Mention(2, 10, "Michelin", 0.9), pytest.approx(0.0)),
    )
    assert hit.snippet == Snippet(0, TEXT)


@pytest.mark.parametrize(
    ("score", "cosine"), [(1.0, 1.0), (0.5, 0.0), (0.0, -1.0), (1.0000001, 1.0), (-1e-9, -1.0), (0.75, 0.5)]
)
def test_a_cosine_is_read_from_the_score_and_never_outside_of_its_range(make, score, cosine):
    (match,) = to_hit(row(), hits_of_mentions((0, score)), make.bound("typed"), {}).mentions
    assert match.cosine == cosine


def test_mentions_of_a_document_that_took_this_ones_place_meanwhile_are_left_out(make):
    before = row(source={**SOURCE, "mentions": MENTIONS[:2]})
    hit = to_hit(before, hits_of_mentions((2, 1.0), (0, 0.75)), make.bound("lexical", "typed"), {})
    assert [match.surface for match in hit.mentions] == ["Michelin"]


def test_without_text_the_snippet_and_the_surfaces_stay(make):
    hit = to_hit(row(), hits_of_mentions((0, 1.0)), make.bound("typed", text=False), {})
    assert (hit.document.text, hit.snippet.text, hit.mentions[0].surface) == ("", TEXT, "Michelin")


def test_the_snippet_is_around_the_best_match(make):
    text = "word " * 200 + "plant" + " word" * 200
    source = {"text": text, "mentions_from": "given", "mentions": [{"start": 1_000, "end": 1_005, "surface": "plant"}]}
    found = [entry("a", 1.0, _nested={"field": "mentions", "offset": 0}, _source={"start": 1_000, "end": 1_005})]
    snippet = to_hit(row(source=source), found, make.bound("typed"), {}).snippet
    assert "plant" in snippet.text
    assert text[snippet.start :].startswith(snippet.text)
    assert to_hit(row(source=source), (), make.bound("lexical"), {}).snippet.start == 0
