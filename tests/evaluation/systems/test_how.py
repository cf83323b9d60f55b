"""Plans as systems: the answers of `find`, at the depth of the report."""

import pytest

from hybrid.evaluation.systems.how import HowSystem

DEPTH = {"river": 10, "city": 10}


@pytest.mark.parametrize("how", ["bm25", "typed", "dense", "rrf(typed, bm25)", "auto"])
def test_rankings_are_what_find_gives(collection, how):
    rankings = HowSystem("x", how).rank(collection, collection.task.types, DEPTH)
    for label, words in collection.task.types.items():
        hits = collection.embedded.find(words, how=how, k=10, depth=10, exact=True)
        assert rankings[label].documents.tolist() == [int(hit.id) for hit in hits]
        assert rankings[label].scores.tolist() == [hit.score for hit in hits]


def test_the_typed_leg_tells_which_mention_won(collection):
    ranking = HowSystem("typed", "typed").rank(collection, {"city": "Basel"}, DEPTH)["city"]
    assert (ranking.documents[0], ranking.mentions[0]) == (2, (10, 15))
    assert HowSystem("bm25", "bm25").rank(collection, {"city": "Basel"}, DEPTH)["city"].mentions is None


def test_depth_is_the_reports_unless_the_notation_says_another(collection):
    count = {how: len(_first(collection, how).documents) for how in ("dense", "dense; depth=2")}
    assert count == {"dense": 3, "dense; depth=2": 2}


@pytest.mark.parametrize(
    ("how", "reads"), [("bm25", False), ("dense", False), ("typed", True), ("rrf(typed, bm25)", True), ("auto", True)]
)
def test_a_plan_with_the_typed_leg_reads_mentions(how, reads):
    assert HowSystem("x", how).reads_mentions is reads


def _first(collection, how):
    return HowSystem("x", how).rank(collection, {"river": "river"}, {"river": 3})["river"]


@pytest.mark.parametrize(
    ("how", "reads"), [("bm25", False), ("dense", True), ("typed", False), ("rrf(typed, dense)", True), ("auto", False)]
)
def test_a_plan_with_the_dense_leg_reads_passages(how, reads):
    assert HowSystem("x", how).reads_passages is reads
