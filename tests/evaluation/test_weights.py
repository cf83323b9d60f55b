"""The choice of fusion weights: the best of a grid that keeps the rule, or none."""

import numpy as np
import pytest

from hybrid.evaluation.legs import Asked
from hybrid.evaluation.weights import DENSE, LEXICAL, SPLITS, Case, choose_how, fused_ranking
from hybrid.fusion import RankedList
from hybrid.planning.notation import parse_how


def ranked(*documents: int) -> RankedList:
    return RankedList(np.array(documents, dtype=np.int64), np.linspace(1.0, 0.5, len(documents)))


def asked(relevant: set[int], typed: RankedList, dense: RankedList, lexical: RankedList) -> Asked:
    return Asked("label", "words", frozenset(relevant), {"typed": typed, "dense": dense, "lexical": lexical})


# The typed leg ranks a wrong document second; both other legs know better.
HELPED = asked({1, 2}, ranked(1, 9, 2, 3), ranked(2, 1, 3, 9), ranked(2, 1, 3, 9))
PERFECT = asked({1, 2}, ranked(1, 2, 3, 9), ranked(9, 3, 2, 1), ranked(9, 3, 2, 1))


def gold(*types: Asked, task: str = "task") -> Case:
    return Case(task, "gold", types)


def test_a_fusion_that_helps_is_chosen():
    choice = choose_how([gold(HELPED)])
    assert (choice.typed, choice.mean, choice.gain, choice.worst) == (0.5, 1.0, 0.5, 0.0)
    assert choice.keeps
    assert choice.grid[choice.how].mean == 1.0
    assert parse_how(choice.how).terms[0].leg == "typed"


def test_nothing_is_chosen_where_no_fusion_is_better():
    choice = choose_how([gold(PERFECT)])
    assert (choice.how, choice.mean, choice.typed, choice.keeps) == ("typed", 1.0, 1.0, False)


def test_the_grid_holds_every_fusion_and_typed_alone():
    grid = choose_how([gold(PERFECT)]).grid
    assert len(grid) == len(DENSE) * len(LEXICAL) + 1
    assert [how for how in grid if "(" not in how] == ["typed"]
    legs = {tuple(term.leg for term in parse_how(how).terms) for how in grid if how != "typed"}
    assert legs == {("typed", "dense", "lexical")}


def test_of_weights_that_are_as_good_the_smallest_are_taken():
    choice = choose_how([gold(HELPED)])
    best = [how for how, own in choice.grid.items() if own.mean == 1.0]
    assert len(best) > 1
    assert sum(term.weight for term in parse_how(choice.how).terms) == min(
        sum(term.weight for term in parse_how(how).terms) for how in best
    )


def test_tasks_count_the_same_whatever_their_types():
    choice = choose_how([gold(HELPED, task="a"), gold(PERFECT, PERFECT, PERFECT, task="b")])
    assert choice.typed == pytest.approx(0.75)


def test_detected_mentions_count_in_the_mean_and_not_in_the_gain():
    choice = choose_how([gold(PERFECT), Case("task", "detected", (HELPED,))])
    assert choice.typed == 0.75
    assert max(own.gain for own in choice.grid.values()) == 0.0


def test_the_choice_is_repeated_on_half_of_the_types_and_judged_on_the_other_half():
    held = choose_how([gold(HELPED, HELPED, HELPED)]).held
    assert held is not None
    assert (held.gain, held.low, held.high, held.worst) == (0.5, 0.5, 0.5, 0.0)
    assert held.kept == held.halves == 2 * SPLITS


def test_weights_that_help_some_types_alone_show_it_on_the_others():
    """Half of the types gain by the lexical leg, the other half lose by it as much."""
    harmed = asked({1, 2}, ranked(1, 2, 3, 9), ranked(1, 2, 3, 9), ranked(9, 3, 2, 1))
    held = choose_how([gold(*[HELPED] * 3, *[harmed] * 3)]).held
    assert held is not None
    assert held.low < held.high


def test_a_single_type_cannot_be_split():
    assert choose_how([gold(HELPED)]).held is None


def test_nothing_to_choose_on_is_an_error():
    for cases in ([], [Case("task", "detected", (HELPED,))], [gold(HELPED), gold(task="empty")]):
        with pytest.raises(ValueError, match="these have none"):
            choose_how(cases)


def test_lists_are_cut_to_the_depth_before_they_are_fused():
    own = asked({1}, ranked(1, 2, 3), ranked(4, 5, 6), ranked())
    assert fused_ranking(own, {"typed": 1.0, "dense": 0.5}, 1) == [1, 4]
    assert set(fused_ranking(own, {"typed": 1.0, "dense": 0.5}, 2)) == {1, 2, 4, 5}


def test_ties_are_ordered_by_id_as_text():
    own = asked({1}, RankedList(np.array([9, 10]), np.array([1.0, 1.0])), ranked(), ranked())
    assert fused_ranking(own, {"typed": 1.0, "lexical": 0.5}, 5) == [10, 9]


def test_without_a_dense_leg_every_fusion_is_of_typed_and_lexical():
    lists = {leg: ranked for leg, ranked in HELPED.lists.items() if leg != "dense"}
    choice = choose_how([gold(Asked("label", "words", HELPED.relevant, lists))])
    assert len(choice.grid) == len(LEXICAL) + 1
    assert {tuple(term.leg for term in parse_how(how).terms) for how in choice.grid} == {
        ("typed",),
        ("typed", "lexical"),
    }
    assert (choice.typed, choice.mean, choice.gain) == (0.5, 1.0, 0.5)
