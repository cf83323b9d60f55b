from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hybrid.documents import LegScore, Mention
from hybrid.errors import InvalidQuery
from hybrid.fusion import Fusion, RankedList, fuse

LEGS = ("lexical", "typed", "dense")
FUSIONS = [
    Fusion(technique, mean) for technique in ("min_max", "l2") for mean in ("arithmetic", "geometric", "harmonic")
]


@pytest.fixture
def three(make, filled):
    return filled(
        make.encoded("a", "Michelin opened a plant", {"Michelin": (1, 0, 0), "plant": (0, 1, 0)}, (1, 0)),
        make.encoded("b", "The plant was closed", {"The": (0, 0, 1)}, (0.6, 0.8)),
        make.encoded("c", "A river", {}, (0, 1)),
    )


@pytest.fixture
def many(make, filled):
    """200 documents: several mentions, few directions, so that scores tie."""
    generator = np.random.default_rng(7)
    names = ["alpha", "beta", "gamma", "delta"]

    def one(number):
        directions = generator.integers(-2, 3, (4, 3)) + np.array([0, 0, 0.5])
        vectors = dict(zip(names[: number % 5], directions, strict=False))
        words = " ".join(generator.choice(["plant", "river", "town"], 6))
        passage = generator.integers(-2, 3, 2) + np.array([0.5, 0])
        return make.encoded(f"{number * 37 % 200:03}", " ".join(names) + " " + words, vectors, passage)

    return filled(*(one(number) for number in range(200)))


def test_each_leg_scores_as_the_contract_says(make, three):
    typed = three.search(make.bound("typed", typed=(0.6, 0.8, 0)))
    assert {hit.id: hit.score for hit in typed} == pytest.approx({"a": 0.9, "b": 0.5}, abs=1e-6)
    dense = three.search(make.bound("dense", dense=(1, 0)))
    assert {hit.id: hit.score for hit in dense} == pytest.approx({"a": 1.0, "b": 0.8, "c": 0.5}, abs=1e-6)
    assert [hit.id for hit in dense] == ["a", "b", "c"]


def test_matches_are_the_best_mentions_by_falling_cosine(make, three):
    hit = three.search(make.bound("typed", typed=(0.6, 0.8, 0)))[0]
    assert [(match.surface, match.start, match.end) for match in hit.mentions] == [
        ("plant", 18, 23),
        ("Michelin", 0, 8),
    ]
    assert [match.cosine for match in hit.mentions] == pytest.approx([0.8, 0.6], abs=1e-6)
    assert [match.probability for match in hit.mentions] == [None, None]
    one = three.search(make.bound("typed", typed=(0.6, 0.8, 0), mentions=1))[0]
    assert [match.surface for match in one.mentions] == ["plant"]
    assert three.search(make.bound("typed", mentions=0))[0].mentions == ()


def test_without_a_typed_leg_a_hit_has_no_matches(make, three):
    assert all(hit.mentions == () for hit in three.search(make.bound("lexical", "dense")))


def test_a_hit_that_the_typed_leg_did_not_reach_carries_its_matches_and_its_score(make, three):
    hits = {hit.id: hit for hit in three.search(make.bound("typed", "dense", depth=1, dense=(0.6, 0.8), explain=True))}
    assert set(hits) == {"a", "b"}
    assert [match.surface for match in hits["b"].mentions] == ["The"]
    # A score beyond the depth is there where the engine computed one.
    beyond = hits["b"].legs.get("typed", LegScore(0.5))
    assert (beyond.score, beyond.rank, beyond.contribution) == (pytest.approx(0.5), None, None)
    assert hits["a"].legs["typed"].rank == 1


@pytest.mark.parametrize("fusion", [*FUSIONS, Fusion("rrf"), Fusion("rrf", c=3)], ids=str)
@pytest.mark.parametrize("weights", [[1.0, 1.0, 1.0], [0.3, 1.0, 0.2], [0.0, 1.0, 2.0]], ids=str)
@pytest.mark.parametrize("depth", [7, 1_000])
def test_the_fused_score_is_the_fusion_of_the_engines_own_lists(fusion, weights, depth, make, many, tolerance, kind):
    if kind == "2.19.6" and fusion.technique == "rrf" and weights != [1.0, 1.0, 1.0]:
        with pytest.raises(InvalidQuery, match="takes no weights in rrf; give none, or use min_max or l2"):
            many.search(make.bound(*LEGS, fusion=fusion, weights=weights))
        return
    asked = {"words": "river plant", "typed": (1, 2, 0), "dense": (1, -1), "k": 1_000, "depth": depth}
    hits = many.search(make.bound(*LEGS, fusion=fusion, weights=weights, explain=True, **asked))
    numbers = {hit.id: number for number, hit in enumerate(hits)}
    lists = []
    for leg in LEGS:
        # Which of equal scores enter at the border of depth, and their ranks, are the engine's choice: explain says it.
        brought = [(hit.legs[leg].rank, hit) for hit in hits if leg in hit.legs and hit.legs[leg].rank]
        brought.sort(key=lambda pair: pair[0])
        ranked = RankedList(
            np.array([numbers[hit.id] for _, hit in brought], np.int64),
            np.array([hit.legs[leg].score for _, hit in brought]),
        )
        own = [hit.score for hit in many.search(make.bound(leg, **asked))]
        assert ranked.scores.tolist() == own
        lists.append(ranked)
    fused = fuse(lists, fusion, weights)
    expected = dict(zip(fused.documents.tolist(), fused.scores.tolist(), strict=True))
    assert {numbers[hit.id]: hit.score for hit in hits} == pytest.approx(expected, abs=tolerance)
    keys = [(-hit.score, hit.id) for hit in hits]
    assert keys == sorted(keys)


@pytest.mark.parametrize("fusion", [Fusion(), Fusion("l2"), Fusion("rrf")], ids=str)
def test_explained_contributions_sum_to_the_score(fusion, make, many, tolerance):
    weights = [1.0, 1.0, 1.0] if fusion.technique == "rrf" else [0.2, 1.0, 0.3]
    hits = many.search(make.bound(*LEGS, words="river", fusion=fusion, weights=weights, explain=True, k=50))
    for hit in hits:
        parts = [leg.contribution for leg in hit.legs.values() if leg.contribution is not None]
        assert sum(parts) == pytest.approx(hit.score, abs=tolerance)
        assert {leg.weight for leg in hit.legs.values()} <= set(weights)


def test_a_single_leg_explained(make, three):
    hit = three.search(make.bound("dense", explain=True))[1]
    leg = hit.legs["dense"]
    assert (leg.rank, leg.normalised, leg.weight, leg.contribution) == (2, None, 1.0, hit.score)
    assert leg.score == hit.score


def test_without_explain_only_raw_scores(make, three):
    leg = three.search(make.bound(*LEGS))[0].legs["typed"]
    assert leg.score is not None
    assert (leg.rank, leg.normalised, leg.weight, leg.contribution) == (None,) * 4


@pytest.mark.parametrize("legs", [("typed",), ("lexical",), ("dense",), LEGS], ids=str)
def test_pages_continue_each_other_and_equal_scores_come_by_id(legs, make, many, kind):
    whole = [(hit.id, hit.score) for hit in many.search(make.bound(*legs, words="river", k=500))]
    assert whole == sorted(whole, key=lambda pair: (-pair[1], pair[0]))
    assert len(whole) > 100
    pages = []
    for offset in range(0, 210, 7):
        pages += [(hit.id, hit.score) for hit in many.search(make.bound(*legs, words="river", k=7, offset=offset))]
    if kind != "embedded" and len(legs) > 1:
        # Which of equal documents comes before a page's border is the server's choice.
        assert sorted(pages) == sorted(whole)
        assert [score for _, score in pages] == [score for _, score in whole]
    else:
        assert pages == whole


def test_depth_cuts_a_single_leg_too(make, many):
    assert len(many.search(make.bound("dense", k=10, depth=10))) == 10
    assert len(many.search(make.bound("dense", k=5, offset=8, depth=10))) == 2
    assert len(many.search(make.bound("dense", k=10, offset=10, depth=10))) == 0


def test_an_offset_past_the_last_answer_gives_empty_hits(make, three):
    for legs in (("typed",), LEGS):
        hits = three.search(make.bound(*legs, offset=50))
        assert (len(hits), list(hits)) == (0, [])


def test_hits_carry_their_plan_time_and_document(make, three):
    plan = make.bound("dense")
    hits = three.search(plan)
    assert hits.plan is plan.plan
    assert hits.took_ms > 0
    assert hits[0].document.text == "Michelin opened a plant"
    assert hits[0].document.mentions == (Mention(0, 8, "Michelin"), Mention(18, 23, "plant"))


def test_text_is_left_out_on_request_and_the_snippet_stays(make, three):
    hit = three.search(make.bound("typed", text=False))[0]
    assert hit.document.text == ""
    assert hit.snippet.text == "Michelin opened a plant"
    assert [match.surface for match in hit.mentions] == ["Michelin", "plant"]


def test_a_leg_that_found_nothing_is_named(make, three):
    hits = three.search(make.bound("lexical", "typed", words="dinosaur"))
    assert [hit.id for hit in hits] == ["a", "b"]
    assert hits.warnings == ("the lexical leg found nothing for 'dinosaur'",)
    assert three.search(make.bound("typed")).warnings == ()


def test_pending_documents_are_named_and_found_by_words_alone(make, filled):
    engine = filled(make.encoded("a", "a plant", {"plant": (1, 0, 0)}), make.encoded("b", "plant", source="pending"))
    hits = engine.search(make.bound("lexical", "typed"))
    assert {hit.id for hit in hits} == {"a", "b"}
    told = "1 documents wait to be encoded: the typed leg does not find them until `hybrid complete` has run"
    assert hits.warnings == (told,)
    (pending,) = engine.pending()
    assert (pending.id, pending.given["text"], pending.given.get("mentions")) == ("b", "plant", None)
    assert [encoded.document.id for encoded in engine.scan(pending=True)] == ["b"]
    assert engine.get(["b"])[0].mentions is None


def test_an_empty_index_answers_with_nothing(make, engine):
    for legs in (("lexical",), ("typed",), ("dense",), LEGS):
        hits = engine.search(make.bound(*legs))
        assert len(hits) == 0
        assert len(hits.warnings) == len(legs)


def test_an_index_without_passage_vectors_has_no_dense_leg(make, create):
    engine = create(make.meta(passage=None))
    engine.write([make.encoded("a", "a plant", {"plant": (1, 0, 0)})])
    engine.refresh()
    assert [hit.id for hit in engine.search(make.bound("typed"))] == ["a"]
    with pytest.raises(InvalidQuery, match="no dense leg"):
        engine.search(make.bound("dense"))
    assert next(iter(engine.scan())).encoding.passage_vectors is None


def test_a_question_without_or_with_a_foreign_vector_is_refused(make, three):
    plan = make.bound("typed")
    plan.vectors.pop("typed")
    with pytest.raises(InvalidQuery, match="the typed leg has no vector"):
        three.search(plan)
    plan.vectors["typed"] = np.ones(5, np.float32)
    with pytest.raises(InvalidQuery, match=r"shape \(5,\); expected \(3,\)"):
        three.search(plan)


def test_a_document_with_the_opposite_vector_is_no_answer(make, filled):
    engine = filled(make.encoded("a", "x", {"x": (-1, 0, 0)}), make.encoded("b", "y", {"y": (0, 1, 0)}))
    assert [hit.id for hit in engine.search(make.bound("typed", typed=(1, 0, 0)))] == ["b"]


def test_searches_of_several_threads_beside_a_writer(make, many):
    asked = [make.bound(*LEGS, words="river", typed=(1, number, 0), k=20) for number in range(40)]
    expected = [[(hit.id, hit.score) for hit in many.search(plan)] for plan in asked]
    with ThreadPoolExecutor(6) as pool:
        found = [pool.submit(many.search, plan) for plan in asked * 3]
        for number in range(10):
            many.write([make.encoded(f"new {number}", "river plant", {"river": (1, 0, 0)}, (1, 0))])
        results = [[(hit.id, hit.score) for hit in future.result()] for future in found]
    assert results == expected * 3
    many.refresh()
    assert many.statistics().documents == 210
