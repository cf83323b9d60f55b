"""Half (b): on each engine the fused score is `hybrid.fusion` of that engine's own leg lists; and across engines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from questions import TOLERANCES, questions
from ties import absolute, assert_same_ranking, relative

from hybrid import Hits, InvalidQuery
from hybrid.fusion import RankedList, fuse

HOWS = (
    "auto",
    "min_max(typed, dense, lexical)",
    "min_max(typed=1, dense=.2, lexical=.3)",
    "min_max.geometric(typed=2, dense=1, lexical=.5)",
    "min_max.harmonic(typed=1, lexical=3)",
    "l2(typed, dense=.5, lexical=.1)",
    "l2.geometric(typed, lexical)",
    "l2.harmonic(dense=.3, lexical=.7)",
    "rrf(typed, dense, lexical)",
    "rrf(typed, lexical, c=3)",
    "rrf(typed=3, dense=1, lexical=.5)",
)
UNKNOWN = {"2.19.6": ("rrf(typed=3, dense=1, lexical=.5)",)}

drawn = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

Lists = dict[str, list[tuple[str, float]]]


@pytest.mark.parametrize("how", HOWS)
@drawn
@given(question=questions())
def test_a_fused_score_is_the_fusion_of_the_engines_own_lists(how, engines, corpus, question):
    lists: dict[str, Lists] = {}
    for name, retriever in engines:
        plan = retriever.plan(how=how, **question.asked(corpus))
        # All that any leg brought, so that the lists can be read from the ranks: more than one page.
        whole = replace(plan, k=3 * question.depth, offset=0, mentions=0)
        if how in UNKNOWN.get(name, ()):
            with pytest.raises(InvalidQuery, match="takes no weights in rrf"):
                retriever.run(whole)
            continue
        hits = retriever.run(whole, text=False, explain=True)
        lists[name] = brought(hits)
        check_fusion(hits, lists[name], np.float64 if name == "embedded" else np.float32)
        check_page(retriever.run(plan, text=False), hits)
    if question.exact:
        for found in lists.values():
            for leg, ranked in found.items():
                near = relative(TOLERANCES[leg]) if leg == "lexical" else absolute(TOLERANCES[leg])
                assert_same_ranking(lists["embedded"][leg], ranked, near)


def brought(hits: Hits) -> Lists:
    """Each leg's list, from the ranks that explain gives."""
    lists: Lists = {}
    for leg in hits.plan.legs:
        ranked = sorted(
            (score.rank, hit.id, score.score)
            for hit in hits
            if (score := hit.legs.get(leg.leg)) is not None and score.rank is not None
        )
        assert [rank for rank, _, _ in ranked] == list(range(1, len(ranked) + 1))
        assert len(ranked) <= leg.depth
        lists[leg.leg] = [(id, score) for _, id, score in ranked]
    return lists


def check_page(page: Hits, whole: Hits) -> None:
    """A page is a part of the whole; of documents that tie at its borders the server chooses."""
    plan = page.plan
    scores = {hit.id: hit.score for hit in whole}
    assert len({hit.id for hit in page}) == len(page)
    assert [hit.score for hit in page] == pytest.approx([scores[hit.id] for hit in page], abs=1e-6)
    expected = [hit.score for hit in whole[plan.offset : plan.offset + plan.k]]
    assert [hit.score for hit in page] == pytest.approx(expected, abs=1e-6)


def check_fusion(hits: Hits, lists: Lists, kind: type[np.floating]) -> None:
    """`kind` is what the engine reckons with: servers write the fewest digits that tell one float32 from the next."""
    numbers = {hit.id: number for number, hit in enumerate(hits)}
    assert set(numbers) == {id for ranked in lists.values() for id, _ in ranked}
    weights = [leg.weight for leg in hits.plan.legs]
    ranked = [
        RankedList(np.array([numbers[id] for id, _ in one], np.int64), np.array([score for _, score in one], kind))
        for one in lists.values()
    ]
    if not hits:
        return
    fused = fuse(ranked, hits.plan.fusion, weights)
    expected = dict(zip(fused.documents.tolist(), fused.scores.tolist(), strict=True))
    assert {numbers[hit.id]: hit.score for hit in hits} == pytest.approx(expected, abs=1e-6, rel=1e-6)
    assert [(-hit.score, hit.id) for hit in hits] == sorted((-hit.score, hit.id) for hit in hits)
    for hit in hits:
        parts = [score.contribution for score in hit.legs.values() if score.contribution is not None]
        if parts:
            assert sum(parts) == pytest.approx(hit.score, abs=1e-6)


@pytest.mark.parametrize("how", [how for how in HOWS if not how.startswith("rrf")])
@drawn
@given(question=questions(exact=True))
def test_where_no_list_is_cut_the_fused_scores_of_all_engines_are_the_same(how, engines, corpus, question):
    arguments = {**question.asked(corpus), "depth": 10_000}
    found = {name: retriever.find(how=how, **arguments) for name, retriever in engines}
    expected = [(hit.id, hit.score) for hit in found["embedded"]]
    for hits in found.values():
        # min_max stretches what the legs may differ by.
        assert_same_ranking(expected, [(hit.id, hit.score) for hit in hits], absolute(5e-5))
