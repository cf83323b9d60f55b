from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.fusion import Fusion, RankedList, fuse


def ranked(pairs):
    pairs = sorted(pairs, key=lambda pair: -pair[1])
    return RankedList(
        np.array([document for document, _ in pairs], dtype=np.int64),
        np.array([score for _, score in pairs], dtype=np.float64),
    )


# Scores as a leg gives them: multiples of a step, so that ties are frequent.
LEG = st.dictionaries(st.integers(0, 30), st.integers(1, 40).map(lambda step: step / 16), max_size=20)
WEIGHT = st.sampled_from([0.0, 0.2, 0.3, 1.0, 2.5])
ASKED = st.lists(st.tuples(LEG, WEIGHT), min_size=2, max_size=3).filter(lambda legs: any(w for _, w in legs))
FUSIONS = [
    Fusion(technique, mean) for technique in ("min_max", "l2") for mean in ("arithmetic", "geometric", "harmonic")
]


def naive(lists, fusion, weights):
    """The contract's sentences, one document at a time."""
    columns = []
    for pairs in lists:
        scores = [score for _, score in pairs]
        column = {}
        for rank, (document, score) in enumerate(pairs, 1):
            if fusion.technique == "rrf":
                column[document] = 1 / (fusion.c + rank)
            elif fusion.technique == "l2":
                column[document] = score / math.sqrt(sum(s * s for s in scores))
            elif min(scores) == max(scores):
                column[document] = 1.0
            else:
                column[document] = (score - min(scores)) / (max(scores) - min(scores)) or 0.001
        columns.append(column)
    if fusion.technique == "rrf":
        scaled = [1.0] * len(weights) if len(set(weights)) == 1 else [w / sum(weights) for w in weights]
        return {
            document: sum(w * column.get(document, 0.0) for w, column in zip(scaled, columns, strict=True))
            for document in {d for column in columns for d in column}
        }
    fused = {}
    for document in {d for column in columns for d in column}:
        found = [(w, column[document]) for w, column in zip(weights, columns, strict=True) if document in column]
        if fusion.mean == "arithmetic":
            fused[document] = sum(w * v for w, v in found) / sum(weights)
            continue
        found = [(w, v) for w, v in found if w > 0]
        total = sum(w for w, _ in found)
        if not found:
            fused[document] = 0.0
        elif fusion.mean == "geometric":
            fused[document] = math.exp(sum(w * math.log(v) for w, v in found) / total)
        else:
            fused[document] = total / sum(w / v for w, v in found)
    return fused


@pytest.mark.parametrize("fusion", [*FUSIONS, Fusion("rrf"), Fusion("rrf", c=1)], ids=str)
@given(asked=ASKED)
def test_fusion_is_the_naive_recomputation(fusion, asked):
    lists = [ranked(leg.items()) for leg, _ in asked]
    weights = [weight for _, weight in asked]
    fused = fuse(lists, fusion, weights)
    pairs = [list(zip(r.documents.tolist(), r.scores.tolist(), strict=True)) for r in lists]
    expected = naive(pairs, fusion, weights)
    assert dict(zip(fused.documents.tolist(), fused.scores.tolist(), strict=True)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("fusion", [Fusion("min_max"), Fusion("l2"), Fusion("rrf")], ids=str)
@given(asked=ASKED)
def test_contributions_sum_to_the_score(fusion, asked):
    fused = fuse([ranked(leg.items()) for leg, _ in asked], fusion, [weight for _, weight in asked])
    assert np.nansum(fused.contributions, axis=1) == pytest.approx(fused.scores, rel=1e-12)


@given(asked=ASKED)
def test_ranks_and_values_are_there_exactly_where_the_leg_brought_the_document(asked):
    lists = [ranked(leg.items()) for leg, _ in asked]
    fused = fuse(lists, Fusion(), [weight for _, weight in asked])
    for column, leg in enumerate(lists):
        brought = np.isin(fused.documents, leg.documents)
        assert np.array_equal(~np.isnan(fused.ranks[:, column]), brought)
        assert np.array_equal(~np.isnan(fused.values[:, column]), brought)
        for rank, document in enumerate(leg.documents, 1):
            assert fused.ranks[fused.documents == document, column] == rank


def test_a_leg_that_found_nothing_leaves_the_order_and_keeps_its_weight():
    one = ranked([(1, 3.0), (2, 2.0), (3, 1.0)])
    fused = fuse([one, ranked([])], Fusion(), [0.6, 0.4])
    assert fused.documents.tolist() == [1, 2, 3]
    assert fused.scores == pytest.approx([0.6, 0.3, 0.0006])


def test_geometric_has_no_contributions():
    fused = fuse([ranked([(1, 1.0)]), ranked([(2, 1.0)])], Fusion(mean="geometric"), [1, 1])
    assert np.isnan(fused.contributions).all()


def test_no_leg_found_anything():
    for fusion in (Fusion(), Fusion("l2"), Fusion("rrf"), Fusion(mean="harmonic")):
        assert fuse([ranked([]), ranked([])], fusion, [1, 1]).documents.tolist() == []


def test_as_many_weights_as_lists():
    with pytest.raises(ValueError, match="2 lists and 1 weights"):
        fuse([ranked([]), ranked([])], Fusion(), [1])


@pytest.mark.parametrize("fusion", [Fusion(), Fusion("l2", "geometric"), Fusion("l2", "harmonic"), Fusion("rrf")])
def test_only_the_ratios_of_weights_count_however_large_they_are(fusion):
    lists = [ranked([(1, 3.0), (2, 1.0)]), ranked([(2, 2.0), (3, 1.0)])]
    small, large = (fuse(lists, fusion, [2 * unit, unit]) for unit in (1.0, 8e307))
    np.testing.assert_allclose(large.scores, small.scores)
