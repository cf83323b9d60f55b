"""Half (a): the legs of two engines give the same documents the same scores, in the same order up to ties."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from questions import TOLERANCES, questions
from ties import absolute, assert_same_ranking, relative

from hybrid import Hits

LEGS = ("typed", "dense", "lexical")
EVERYTHING = 10_000

drawn = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def ranking(hits: Hits) -> list[tuple[str, float]]:
    return [(hit.id, hit.score) for hit in hits]


def near(leg: str):
    return relative(TOLERANCES[leg]) if leg == "lexical" else absolute(TOLERANCES[leg])


def test_the_corpus_is_as_large_as_it_should_be(corpus, engines):
    assert len(corpus.documents) in (2_400, 198)
    counts = {name: retriever.statistics() for name, retriever in engines}
    for name in counts:
        for number in ("documents", "passages", "mentions", "pending"):
            assert getattr(counts[name], number) == getattr(counts["embedded"], number), (name, number)


@pytest.mark.parametrize("leg", LEGS)
@drawn
@given(question=questions(exact=True))
def test_the_same_documents_and_order_up_to_ties(leg, engines, corpus, question):
    found = {name: retriever.find(how=leg, **question.asked(corpus)) for name, retriever in engines}
    for name, hits in found.items():
        assert_same_ranking(ranking(found["embedded"]), ranking(hits), near(leg))
        assert hits.warnings == found["embedded"].warnings, name


@drawn
@given(
    question=questions(exact=True),
    how=st.sampled_from(["typed", "min_max(typed, lexical)", "rrf(dense, typed)"]),
    wanted=st.sampled_from([0, 1, 3, 100]),
)
def test_the_same_matches(engines, corpus, question, how, wanted):
    found = {name: retriever.find(how=how, mentions=wanted, **question.asked(corpus)) for name, retriever in engines}
    expected = {hit.id: hit for hit in found["embedded"]}
    for hits in found.values():
        for hit in hits:
            if hit.id in expected:
                mine, theirs = matches(hit), matches(expected[hit.id])
                assert_same_ranking(mine, theirs, absolute(2 * TOLERANCES["typed"]))
                assert hit.document == expected[hit.id].document


def matches(hit):
    return [((match.start, match.end, match.surface), match.cosine) for match in hit.mentions]


@pytest.mark.parametrize("leg", ["typed", "dense"])
@drawn
@given(question=questions(exact=False))
def test_without_exact_a_score_is_still_the_exact_one(leg, engines, corpus, question):
    whole = {**question.asked(corpus), "k": EVERYTHING, "offset": 0, "depth": EVERYTHING}
    exact = dict(ranking(engines["embedded"].find(how=leg, text=False, mentions=0, **whole)))
    for name, retriever in engines:
        hits = retriever.find(how=leg, **question.asked(corpus))
        for hit in hits:
            assert hit.score == pytest.approx(exact[hit.id], abs=TOLERANCES[leg]), name
