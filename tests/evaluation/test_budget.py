"""The parts of a loss: they sum to it, and each is what its name says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.errors import InvalidInput
from hybrid.evaluation.budget import PARTS, Budgets, budget_to_json, split
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.runs import Ranking, Run
from hybrid.evaluation.task import Task
from hybrid.testing import FakeEncoder

share = st.floats(0, 1)


@given(share, share, share | st.none(), share)
def test_the_parts_of_a_type_sum_to_its_loss(gold, detected, approximate, fused):
    near = None if approximate is None else {"a": approximate}
    losses = split({"a": gold}, {"a": detected}, near, {"a": fused})["a"]
    assert tuple(losses) == PARTS
    assert sum(value or 0.0 for value in losses.values()) == pytest.approx(1.0 - fused)
    assert (losses["approximation"] is None) == (approximate is None)


def task_of(name: str) -> Task:
    return Task(name, (Sentence("text", (LabelledSpan(0, 4, "a"),)),) * 4 + (Sentence("none", ()),) * 4, {"a": "a"})


def run_of(task, system, spans, right) -> Run:
    """A ranking whose R-Precision is `right` of 4."""
    places = [*range(right), *range(4, 8), *range(right, 4)]
    return Run(task.name, spans, system, {"a": Ranking(np.array(places), -np.arange(8.0))})


def filled(budgets, *names, server=False) -> Budgets:
    for name in names:
        task = task_of(name)
        for system, gold, detected in (("typed", 3, 2), ("dense", 1, 1), ("lexical", 2, 2), ("hybrid", 4, 3)):
            budgets.add(task, run_of(task, system, "gold", gold))
            budgets.add(task, run_of(task, system, "detected", detected))
        if server:
            for system, detected in (("typed", 1), ("hybrid", 2)):
                budgets.add(task, run_of(task, f"{system}@opensearch", "detected", detected))
    return budgets


def test_without_a_server_the_approximation_is_not_known():
    [budget] = filled(Budgets(FakeEncoder()), "made").budgets()
    assert budget.leg == "typed"
    assert budget.parts == {
        "embedding": 0.25, "detection": 0.25, "approximation": None, "compression": 0.0, "fusion": -0.25,
    }  # fmt: skip
    assert budget.types == {"a": budget.parts}
    assert budget.loss == 0.25


def test_with_a_server_all_that_comes_after_is_measured_there():
    [budget] = filled(Budgets(FakeEncoder(), server=True), "made", server=True).budgets()
    assert budget.parts == {
        "embedding": 0.25, "detection": 0.25, "approximation": 0.25, "compression": 0.0, "fusion": -0.25,
    }  # fmt: skip
    assert budget.loss == 0.5


def test_several_data_sets_have_a_mean():
    *_, mean = filled(Budgets(FakeEncoder()), "one", "two").budgets()
    assert (mean.name, mean.leg, mean.loss, mean.types) == ("mean", "typed", 0.25, {})
    assert budget_to_json(mean)["parts"]["approximation"] is None


def test_a_budget_names_the_systems_that_it_needs():
    names = [system.name for system in Budgets(FakeEncoder(), server=True).systems()]
    assert names[:4] == ["typed", "dense", "lexical", "hybrid"]
    assert names[4:] == [f"{name}@opensearch" for name in names[:4]]


def test_runs_of_other_systems_are_passed_over_and_missing_ones_named():
    budgets = Budgets(FakeEncoder())
    budgets.add(task_of("made"), run_of(task_of("made"), "bm25s", "gold", 4))
    assert budgets.budgets() == ()
    budgets.add(task_of("made"), run_of(task_of("made"), "typed", "gold", 4))
    with pytest.raises(InvalidInput, match="a budget needs dense on gold mentions of made"):
        budgets.budgets()


def test_without_passage_vectors_no_dense_leg_is_run():
    budgets = Budgets(FakeEncoder(passages=False))
    assert [system.name for system in budgets.systems()] == ["typed", "lexical", "hybrid"]
