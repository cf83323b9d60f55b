"""The choice of fusion weights: the best of a grid that keeps the rule, or none."""

import numpy as np
import pytest

from hybrid.evaluation.fusion_rule import NOISE, Judged
from hybrid.evaluation.legs import Asked
from hybrid.evaluation.weights import (
    DENSE,
    LEXICAL,
    SPLITS,
    Case,
    Choice,
    Share,
    choose_centred,
    choose_how,
    fused_ranking,
)
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


# Centring.

# Both other legs are wrong, and the typed leg is so on one of two types.
POOR = asked({1, 2}, ranked(1, 9, 8, 2), ranked(9, 8, 7, 1), ranked(9, 8, 7, 1))
FUSED = "min_max(typed=1, dense=.2, lexical=.3)"


def test_the_share_whose_way_is_best_is_taken_with_its_way():
    cases = {0.0: [gold(HELPED, POOR)], 0.25: [gold(POOR, POOR)], 0.5: [gold(HELPED, HELPED)]}
    choice = choose_centred(cases)
    own = choose_how(cases[0.5])
    assert choice.how == f"{own.how}; centring=.5"
    assert (choice.mean, choice.typed, choice.gain, choice.worst, choice.keeps) == (1.0, 0.5, 0.5, 0.0, True)
    assert (choice.held, choice.grid) == (own.held, own.grid)


def test_every_share_that_was_tried_is_told_with_its_own_way_and_the_typed_leg_alone():
    cases = {0.0: [gold(HELPED, POOR)], 0.25: [gold(PERFECT)], 0.5: [gold(HELPED)]}
    assert choose_centred(cases).shares == {
        "0": Share(0.75, 0.5, True),
        ".25": Share(1.0, 1.0, False),
        ".5": Share(1.0, 0.5, True),
    }


def test_a_share_whose_way_keeps_the_rule_comes_before_a_better_mean():
    cases = {0.0: [gold(HELPED, POOR)], 0.5: [gold(PERFECT)]}
    assert [choose_how(own).keeps for own in cases.values()] == [True, False]
    choice = choose_centred(cases)
    assert (choice.how, choice.mean, choice.keeps) == (choose_how(cases[0.0]).how, 0.75, True)


def test_a_share_that_gives_less_than_none_is_not_taken_though_its_way_keeps_the_rule():
    choice = choose_centred({0.0: [gold(PERFECT)], 0.5: [gold(HELPED, POOR)]})
    assert (choice.how, choice.keeps) == ("typed", False)


def test_where_no_way_keeps_the_rule_the_best_mean_is_taken():
    choice = choose_centred({0.0: [gold(POOR)], 0.5: [gold(PERFECT)]})
    assert (choice.how, choice.mean, choice.keeps) == ("typed; centring=.5", 1.0, False)


def test_without_centring_how_has_no_word_of_it():
    assert choose_centred({0.0: [gold(PERFECT)], 0.5: [gold(POOR)]}).how == "typed"
    assert "centring" not in choose_centred({0.0: [gold(HELPED)], 0.5: [gold(HELPED)]}).how


@pytest.mark.parametrize(
    ("means", "share"),
    [
        ({0.0: 0.6, 0.25: 0.6, 0.5: 0.6}, 0.0),
        ({0.0: 0.6, 0.25: 0.6 + NOISE / 2, 0.5: 0.6 + NOISE * 1.2}, 0.25),
        ({0.0: 0.6, 0.25: 0.6 + NOISE * 2, 0.5: 0.6 + NOISE * 4}, 0.5),
        # In whatever order they were tried.
        ({0.75: 0.6, 0.5: 0.6, 0.25: 0.6 - NOISE * 2}, 0.5),
    ],
)
def test_of_shares_within_noise_of_the_best_the_smallest_is_taken(means, share, monkeypatch):
    def made(cases):
        (mean,) = cases
        return Choice(FUSED, mean, 0.5, 0.1, 0.0, True, None, {FUSED: Judged(mean, 0.1, 0.0, True)})

    monkeypatch.setattr("hybrid.evaluation.weights.choose_how", made)
    choice = choose_centred({share: [mean] for share, mean in means.items()})
    assert parse_how(choice.how).centring == (share or None)
    assert choice.mean == means[share]


def test_nothing_to_choose_a_share_on_is_an_error():
    for cases in ({}, {0.0: []}, {0.0: [gold(HELPED)], 0.5: []}):
        with pytest.raises(ValueError, match=r"these have none|empty"):
            choose_centred(cases)
