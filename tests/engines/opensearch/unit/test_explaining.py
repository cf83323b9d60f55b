"""How a score came about, against the fusion of the same lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.documents import LegScore
from hybrid.engines.opensearch.explaining import explained, plain
from hybrid.engines.opensearch.responses import Row
from hybrid.fusion import Fusion, RankedList, fuse

LEGS = ("lexical", "typed", "dense")
FUSIONS = [
    Fusion(technique, mean) for technique in ("min_max", "l2") for mean in ("arithmetic", "geometric", "harmonic")
] + [Fusion("rrf"), Fusion("rrf", c=3)]
IDS = st.text("abcdé🦕", min_size=1, max_size=2)
LEG = st.dictionaries(IDS, st.integers(1, 40).map(lambda step: step / 16), max_size=20)
WEIGHT = st.sampled_from([0.0, 0.2, 0.3, 1.0, 2.5])
ASKED = st.lists(st.tuples(LEG, WEIGHT), min_size=2, max_size=3).filter(lambda legs: any(w for _, w in legs))


def rows_and_lists(asked, fusion, depth):
    """What a server would answer: the legs' lists cut to the depth, and a row for each document of the fusion."""
    matching = [dict(sorted(leg.items(), key=lambda pair: -pair[1])) for leg, _ in asked]
    lists = [list(leg.items())[:depth] for leg in matching]
    ids = sorted({id for listed in lists for id, _ in listed})
    ranked = [
        RankedList(np.array([ids.index(id) for id, _ in listed], np.int64), np.array([score for _, score in listed]))
        for listed in lists
    ]
    fused = fuse(ranked, fusion, [weight for _, weight in asked])
    rows = []
    for number, score in zip(fused.documents, fused.scores, strict=True):
        legs = {name: leg[ids[number]] for name, leg in zip(LEGS, matching, strict=False) if ids[number] in leg}
        rows.append(Row(ids[number], float(score), "news-000001", {}, legs, ()))
    return sorted(rows, key=lambda row: (-row.score, row.id)), lists


@pytest.mark.parametrize("fusion", FUSIONS, ids=str)
@given(asked=ASKED, depth=st.integers(1, 25), page=st.tuples(st.integers(0, 5), st.integers(1, 30)))
def test_every_part_is_that_of_the_fusion(make, fusion, asked, depth, page):
    legs, weights = LEGS[: len(asked)], [weight for _, weight in asked]
    plan = make.bound(*legs, fusion=fusion, weights=weights, depth=depth).plan
    rows, lists = rows_and_lists(asked, fusion, depth)
    shown = rows[page[0] : sum(page)]
    found = explained(shown, plan, lists)
    assert len(found) == len(shown)
    for row, parts in zip(shown, found, strict=True):
        assert list(parts) == [leg for leg in legs if leg in row.legs]
        for place, leg in enumerate(legs):
            if leg not in parts:
                continue
            ids = [id for id, _ in lists[place]]
            part = parts[leg]
            assert (part.score, part.weight) == (row.legs[leg], weights[place])
            if row.id in ids:
                assert part.rank == ids.index(row.id) + 1
                assert part.normalised > 0.0 or fusion.technique == "min_max"
            else:
                # Beyond the leg's depth: a score, and no part in the fusion.
                assert part == LegScore(row.legs[leg], None, None, weights[place], None)
        contributions = [part.contribution for part in parts.values() if part.contribution is not None]
        if fusion.technique == "rrf" or fusion.mean == "arithmetic":
            assert sum(contributions) == pytest.approx(row.score, abs=1e-12)
        else:
            assert contributions == []


def test_the_values_of_a_small_fusion(make):
    plan = make.bound("lexical", "typed", weights=[1.0, 3.0], depth=2).plan
    rows = [
        Row("a", 1.0, "i", {}, {"lexical": 4.0, "typed": 0.9}, ()),
        Row("b", 0.00075, "i", {}, {"lexical": 1.0, "typed": 0.6}, ()),
        Row("c", 0.00025, "i", {}, {"lexical": 2.0}, ()),
    ]
    found = explained(rows, plan, [[("a", 4.0), ("c", 2.0)], [("a", 0.9), ("b", 0.6)]])
    assert found == [
        {"lexical": LegScore(4.0, 1, 1.0, 1.0, 0.25), "typed": LegScore(0.9, 1, 1.0, 3.0, 0.75)},
        {
            "lexical": LegScore(1.0, None, None, 1.0, None),
            "typed": LegScore(0.6, 2, 0.001, 3.0, pytest.approx(0.00075)),
        },
        {"lexical": LegScore(2.0, 2, 0.001, 1.0, pytest.approx(0.00025))},
    ]


def test_a_document_that_came_between_the_two_answers_has_its_raw_scores(make):
    plan = make.bound("lexical", "typed").plan
    (found,) = explained([Row("new", 1.0, "i", {}, {"lexical": 4.0}, ())], plan, [[("a", 4.0)], [("a", 0.9)]])
    assert found == {"lexical": LegScore(4.0, None, None, 1.0, None)}


def test_no_leg_found_anything(make):
    assert explained([], make.bound("lexical", "typed").plan, [[], []]) == []


def test_a_single_leg_is_its_own_score_with_ranks_over_all_pages(make):
    plan = make.bound("dense", k=2, offset=6).plan
    rows = [Row("a", 0.9, "i", {}, {"dense": 0.9}, ()), Row("b", 0.8, "i", {}, {"dense": 0.8}, ())]
    assert explained(rows, plan, []) == [
        {"dense": LegScore(0.9, 7, None, 1.0, 0.9)},
        {"dense": LegScore(0.8, 8, None, 1.0, 0.8)},
    ]


def test_unasked_there_are_raw_scores_alone_in_the_order_of_the_plan(make):
    row = Row("a", 1.0, "i", {}, {"dense": 0.5, "lexical": 4.0}, ())
    found = plain(row, make.bound("lexical", "typed", "dense").plan)
    assert list(found.items()) == [("lexical", LegScore(4.0)), ("dense", LegScore(0.5))]
