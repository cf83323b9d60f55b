"""From a question to a plan: what auto decides, what is asked of each leg, which numbers are refused."""

from typing import Any

import pytest

from hybrid.errors import InvalidHow, InvalidQuery
from hybrid.fusion import Fusion
from hybrid.planning.planner import Knowledge, make_plan
from hybrid.planning.query import Query

LEARNED = "min_max(typed=1, dense=.2, lexical=.3)"
KNOWLEDGE = Knowledge(LEARNED, documents=100, mentions=300)
TYPED_ONLY = Knowledge("typed", documents=100, mentions=300)


def legs(plan: Any) -> dict[str, float]:
    return {leg.leg: leg.weight for leg in plan.legs}


def test_auto_takes_the_fusion_that_the_bundle_learned() -> None:
    plan = make_plan(Query("dinosaur"), KNOWLEDGE)
    assert legs(plan) == {"typed": 1.0, "dense": 0.2, "lexical": 0.3}
    assert plan.fusion == Fusion("min_max", "arithmetic")
    assert LEARNED in plan.reason


def test_auto_declines_to_fuse_where_nothing_was_better_and_says_so() -> None:
    plan = make_plan(Query("dinosaur"), TYPED_ONLY)
    assert legs(plan) == {"typed": 1.0}
    assert plan.fusion is None
    assert "no fusion was better" in plan.reason


def test_auto_asks_about_of_a_leg_that_reads_it() -> None:
    plan = make_plan(Query("dinosaur", about="found in Alberta"), TYPED_ONLY)
    assert legs(plan) == {"typed": 1.0, "dense": 1.0}
    assert [leg.words for leg in plan.legs] == ["dinosaur", "dinosaur found in Alberta"]


def test_auto_without_mentions_leaves_the_typed_leg_out() -> None:
    plan = make_plan(Query("dinosaur"), Knowledge(LEARNED, documents=5, mentions=0))
    assert legs(plan) == {"dense": 1.0}
    assert "no mention" in plan.reason


def test_auto_without_passage_vectors_fuses_what_is_left() -> None:
    knowledge = Knowledge(LEARNED, 5, 5, legs=frozenset({"lexical", "typed"}))
    assert legs(make_plan(Query("dinosaur"), knowledge)) == {"typed": 1.0, "lexical": 0.3}


def test_auto_without_an_encoder_matches_words() -> None:
    plan = make_plan(Query("dinosaur"), Knowledge("lexical", 5, 5, legs=frozenset({"lexical"})))
    assert legs(plan) == {"lexical": 1.0}


def test_a_leg_that_cannot_run_is_named_with_those_that_can() -> None:
    knowledge = Knowledge("typed", legs=frozenset({"lexical", "typed"}))
    with pytest.raises(InvalidQuery, match="dense leg: the bundle has no passage vector; it can run lexical, typed"):
        make_plan(Query("dinosaur"), knowledge, how="min_max(typed, dense)")


def test_each_leg_is_asked_with_its_words() -> None:
    plan = make_plan(Query("dinosaur", "in Alberta"), KNOWLEDGE, how="rrf(lexical, typed, dense)")
    words = {leg.leg: leg.words for leg in plan.legs}
    assert words == {"lexical": "dinosaur in Alberta", "typed": "dinosaur", "dense": "dinosaur in Alberta"}


def test_exact_concerns_the_vector_legs() -> None:
    plan = make_plan(Query("dinosaur"), KNOWLEDGE, exact=True)
    assert {leg.leg: leg.exact for leg in plan.legs} == {"typed": True, "dense": True, "lexical": False}


@pytest.mark.parametrize(
    ("options", "depth"),
    [
        ({}, 1_000),
        ({"k": 500}, 1_000),
        ({"k": 600}, 1_200),
        ({"k": 100, "offset": 900}, 2_000),
        ({"k": 10_000}, 10_000),
        ({"how": "typed; depth=20"}, 20),
        ({"how": "typed; depth=20", "depth": 30}, 30),
    ],
)
def test_depth(options: dict[str, Any], depth: int) -> None:
    assert make_plan(Query("dinosaur"), KNOWLEDGE, **options).depth == depth


@pytest.mark.parametrize(
    ("learned", "how", "share"),
    [
        ("typed", "typed", None),
        ("typed", "auto", None),
        ("typed; centring=.25", "auto", 0.25),
        (f"{LEARNED}; centring=.25", "auto", 0.25),
        (f"{LEARNED}; centring=.25", "dense", 0.25),
        (f"{LEARNED}; centring=.25", "rrf(typed, lexical); depth=50", 0.25),
        (f"{LEARNED}; centring=.25", "typed; centring=.75", 0.75),
        (f"{LEARNED}; centring=.25", "typed; centring=0", 0.0),
        (LEARNED, "min_max(typed, dense); centring=1", 1.0),
        (f"{LEARNED}; centring=.25", "bm25", None),
        (LEARNED, "lexical; centring=.5", None),
    ],
)
def test_centring_is_as_asked_or_else_the_bundles_and_none_for_words_alone(
    learned: str, how: str, share: float | None
) -> None:
    assert make_plan(Query("dinosaur"), Knowledge(learned, 5, 5), how=how).centring == share


def test_centring_stays_where_auto_takes_other_legs() -> None:
    learned = f"{LEARNED}; centring=.25"
    for knowledge in (
        Knowledge(learned, documents=5, mentions=0),
        Knowledge(learned, 5, 5, legs=frozenset({"lexical", "typed"})),
        Knowledge("typed; centring=.25", 5, 5),
    ):
        assert make_plan(Query("dinosaur", about="found in Alberta"), knowledge).centring == 0.25
    without = Knowledge(learned, documents=5, mentions=0, legs=frozenset({"lexical", "typed"}))
    assert make_plan(Query("dinosaur"), without).centring is None


def test_the_reason_tells_the_centring_that_was_learned() -> None:
    learned = f"{LEARNED}; centring=.25"
    assert learned in make_plan(Query("dinosaur"), Knowledge(learned, 5, 5)).reason


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"k": 0}, "k is 0; expected 1 to 10,000"),
        ({"k": -3}, "k is -3"),
        ({"k": 10**9}, "k is 1,000,000,000"),
        ({"k": 2.0}, "k is 2.0; expected a whole number"),
        ({"k": True}, "k is True; expected a whole number"),
        ({"offset": -1}, "offset is -1; expected 0 to 10,000"),
        ({"depth": 0}, "depth is 0; expected 1 to 10,000"),
        ({"depth": 10_001}, "depth is 10,001"),
        ({"mentions": 101}, "mentions is 101; expected 0 to 100"),
        ({"depth": 10, "k": 10, "offset": 1}, "offset \\+ k is 11, beyond the depth of 10"),
        ({"how": "typed; depth=5"}, "offset \\+ k is 10, beyond the depth of 5"),
        ({"k": 9_000, "offset": 1_001}, "offset \\+ k is 10,001, beyond the depth of 10,000"),
    ],
)
def test_numbers_out_of_range_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidQuery, match=words):
        make_plan(Query("dinosaur"), KNOWLEDGE, **options)


def test_a_wrong_how_is_refused() -> None:
    with pytest.raises(InvalidHow):
        make_plan(Query("dinosaur"), KNOWLEDGE, how="typd")
