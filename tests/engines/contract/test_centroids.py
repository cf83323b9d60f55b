"""Means of what an index holds, and questions that were centred by them: the same on every engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybrid.fusion import Fusion

# What the typed leg is asked with, and the type itself.
CENTRED, TYPE = (0, 1, 0), (0.6, 0.8, 0)


@pytest.fixture
def three(make, filled):
    return filled(
        make.encoded("a", "Michelin opened a plant", {"Michelin": (1, 0, 0), "plant": (0, 1, 0)}, (1, 0)),
        make.encoded("b", "The plant was closed", {"The": (0, 0, 1), "plant": (0.6, 0.8, 0)}, (0.6, 0.8)),
        make.encoded("c", "A river", {}, (0, 1)),
    )


@pytest.fixture
def centred(make):
    """A plan of which the typed leg is asked with another vector than the type's."""

    def centred(*legs, **options):
        return replace(make.bound(*legs, typed=CENTRED, **options), type=make.unit(TYPE))

    return centred


def told(centroids):
    return {leg: (own.mean.tolist(), own.count) for leg, own in centroids.items()}


def mean(*rows):
    return pytest.approx(np.mean(rows, axis=0).tolist(), abs=1e-6)


def cosines(hit):
    return {match.surface: match.cosine for match in hit.mentions}


def near(**expected):
    return pytest.approx(expected, abs=1e-6)


def test_a_mean_for_the_mentions_and_one_for_the_passages(three):
    found = three.centroids()
    assert told(found) == {
        "typed": (mean((1, 0, 0), (0, 1, 0), (0, 0, 1), (0.6, 0.8, 0)), 4),
        "dense": (mean((1, 0), (0.6, 0.8), (0, 1)), 3),
    }
    assert {own.mean.dtype for own in found.values()} == {np.dtype(np.float32)}


def test_a_deleted_document_counts_until_refresh(three):
    three.centroids()
    three.delete(["a"])
    three.refresh()
    assert told(three.centroids(max_age=60)) == {
        "typed": (mean((0, 0, 1), (0.6, 0.8, 0)), 2),
        "dense": (mean((0.6, 0.8), (0, 1)), 2),
    }


def test_a_document_that_took_anothers_place_counts_alone(make, filled):
    engine = filled(make.encoded("a", "old plant", {"old": (1, 0, 0), "plant": (1, 0, 0)}, (1, 0)))
    engine.write([make.encoded("a", "new", {"new": (0, 1, 0)}, (0, 1))])
    engine.refresh()
    assert told(engine.centroids()) == {"typed": ([0, 1, 0], 1), "dense": ([0, 1], 1)}


def test_what_is_written_counts_after_refresh(make, three):
    before = told(three.centroids())
    three.write([make.encoded("d", "plant", {"plant": (0, 0, 1)}, (0, 1))])
    assert told(three.centroids(max_age=60)) == before
    three.refresh()
    assert {leg: own.count for leg, own in three.centroids(max_age=60).items()} == {"typed": 5, "dense": 4}


def test_an_empty_index_has_no_means(engine):
    assert engine.centroids() == {}


def test_what_has_no_vectors_has_no_mean(make, filled):
    engine = filled(make.encoded("a", "a river", {}, (1, 0)), make.encoded("b", "plant", source="pending"))
    assert told(engine.centroids()) == {"dense": ([1, 0], 1)}


def test_an_index_without_passage_vectors_has_the_mean_of_its_mentions(make, create):
    engine = create(make.meta(passage=None))
    engine.write([make.encoded("a", "a plant", {"plant": (1, 0, 0)})])
    engine.refresh()
    assert told(engine.centroids()) == {"typed": ([1, 0, 0], 1)}


def test_a_typed_leg_ranks_by_its_own_vector_and_tells_cosines_with_the_type(three, centred):
    hits = three.search(centred("typed"))
    assert {hit.id: hit.score for hit in hits} == near(a=1.0, b=0.9)
    a, b = hits
    assert cosines(a) == near(Michelin=0.6, plant=0.8)
    assert cosines(b) == near(The=0.0, plant=1.0)
    assert [match.surface for match in (*a.mentions, *b.mentions)] == ["plant", "Michelin", "plant", "The"]


def test_without_a_type_cosines_are_with_what_the_leg_was_asked(make, three):
    a, _ = three.search(make.bound("typed", typed=CENTRED))
    assert cosines(a) == near(Michelin=0.0, plant=1.0)


def test_the_best_match_is_the_one_nearest_the_type(make, filled):
    """Even where another mention brought the document to its place."""
    engine = filled(make.encoded("a", "Michelin plant", {"Michelin": (1, 0, 0), "plant": (0, 1, 0)}, (1, 0)))
    bound = replace(make.bound("typed", typed=CENTRED, mentions=1), type=make.unit((1, 0.1, 0)))
    (hit,) = engine.search(bound)
    assert hit.score == pytest.approx(1.0, abs=1e-6)
    assert [match.surface for match in hit.mentions] == ["Michelin"]
    assert engine.search(replace(bound, plan=replace(bound.plan, mentions=0)))[0].mentions == ()


@pytest.mark.parametrize("explain", [False, True])
@pytest.mark.parametrize("fusion", [Fusion(), Fusion("l2", "geometric"), Fusion("rrf")], ids=str)
def test_a_fusion_does_so_too(fusion, explain, make, three, centred, tolerance):
    options = {"words": "plant", "dense": (0.6, 0.8), "fusion": fusion, "explain": explain}
    hits = three.search(centred("typed", "dense", "lexical", **options))
    plain = three.search(make.bound("typed", "dense", "lexical", typed=CENTRED, **options))
    assert {hit.id: hit.score for hit in hits} == pytest.approx({hit.id: hit.score for hit in plain}, abs=tolerance)
    assert [hit.legs for hit in hits] == [hit.legs for hit in plain]
    assert {hit.id: cosines(hit) for hit in hits} == {
        "a": near(Michelin=0.6, plant=0.8),
        "b": near(The=0.0, plant=1.0),
        "c": {},
    }


def test_a_hit_that_the_typed_leg_did_not_reach_has_cosines_with_the_type(three, centred):
    hits = {hit.id: hit for hit in three.search(centred("typed", "dense", depth=1, dense=(0.6, 0.8)))}
    assert set(hits) == {"a", "b"}
    assert cosines(hits["b"]) == near(The=0.0, plant=1.0)


def test_pages_and_filters_stay_as_they_are(make, filled):
    engine = filled(
        *(make.encoded(str(n), "plant", {"plant": (1, n, 0)}, (1, n), fields={"year": n}) for n in range(8))
    )
    options = {"where": {"year": {"<": 6}}, "types": {"year": "int"}, "typed": CENTRED}
    bound = replace(make.bound("typed", k=2, offset=1, **options), type=make.unit((1, 0, 0)))
    hits = engine.search(bound)
    assert [hit.id for hit in hits] == ["4", "3"]
    assert [hit.mentions[0].cosine for hit in hits] == pytest.approx([1 / 17**0.5, 1 / 10**0.5], abs=1e-6)
