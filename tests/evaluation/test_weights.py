"""The choice of fusion weights: the best of a grid, or none."""

import numpy as np
import pytest

from hybrid.evaluation.legs import Asked
from hybrid.evaluation.weights import DENSE, LEXICAL, choose_how, fused_ranking
from hybrid.fusion import RankedList
from hybrid.planning.notation import parse_how


def ranked(*documents: int) -> RankedList:
    return RankedList(np.array(documents, dtype=np.int64), np.linspace(1.0, 0.5, len(documents)))


def asked(relevant: set[int], typed: RankedList, dense: RankedList, lexical: RankedList) -> Asked:
    return Asked("label", "words", frozenset(relevant), {"typed": typed, "dense": dense, "lexical": lexical})


def test_a_fusion_that_helps_is_chosen():
    """The typed leg ranks a wrong document second; both other legs know better."""
    own = asked({1, 2}, ranked(1, 9, 2, 3), ranked(2, 1, 3, 9), ranked(2, 1, 3, 9))
    choice = choose_how([(own,)])
    assert choice.typed == 0.5
    assert choice.mean == choice.grid[choice.how] == 1.0
    assert parse_how(choice.how).terms[0].leg == "typed"


def test_nothing_is_chosen_where_no_fusion_is_better():
    own = asked({1, 2}, ranked(1, 2, 3, 9), ranked(9, 3, 2, 1), ranked(9, 3, 2, 1))
    choice = choose_how([(own,)])
    assert (choice.how, choice.mean, choice.typed) == ("typed", 1.0, 1.0)


def test_the_grid_holds_every_fusion_and_not_typed_alone():
    own = asked({1}, ranked(1, 2), ranked(1, 2), ranked(1, 2))
    grid = choose_how([(own,)]).grid
    assert len(grid) == len(DENSE) * len(LEXICAL) - 1
    assert all(len(parse_how(how).terms) > 1 for how in grid)


def test_of_weights_that_are_as_good_the_smallest_are_taken():
    own = asked({1, 2}, ranked(1, 9, 2, 3), ranked(2, 1, 3, 9), ranked(2, 1, 3, 9))
    choice = choose_how([(own,)])
    best = [how for how, mean in choice.grid.items() if mean == 1.0]
    assert len(best) > 1
    assert sum(term.weight for term in parse_how(choice.how).terms) == min(
        sum(term.weight for term in parse_how(how).terms) for how in best
    )


def test_tasks_count_the_same_whatever_their_types():
    helped = asked({1, 2}, ranked(1, 9, 2, 3), ranked(2, 1, 3, 9), ranked(2, 1, 3, 9))
    perfect = asked({1}, ranked(1, 2), ranked(1, 2), ranked(1, 2))
    assert choose_how([(helped,), (perfect, perfect, perfect)]).typed == pytest.approx(0.75)


def test_lists_are_cut_to_the_depth_before_they_are_fused():
    own = asked({1}, ranked(1, 2, 3), ranked(4, 5, 6), ranked())
    assert fused_ranking(own, {"typed": 1.0, "dense": 0.5}, 1) == [1, 4]
    assert set(fused_ranking(own, {"typed": 1.0, "dense": 0.5}, 2)) == {1, 2, 4, 5}


def test_ties_are_ordered_by_id_as_text():
    own = asked({1}, RankedList(np.array([9, 10]), np.array([1.0, 1.0])), ranked(), ranked())
    assert fused_ranking(own, {"typed": 1.0, "lexical": 0.5}, 5) == [10, 9]
