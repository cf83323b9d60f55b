"""Plans on real nodes beside the embedded engine: the same rankings, and nothing left behind."""

import pytest

from hybrid.evaluation.budget import Budgets
from hybrid.evaluation.comparison import run_systems
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.systems.factory import on_server, open_system
from hybrid.evaluation.task import Task
from hybrid.testing import FakeEncoder

TASK = Task(
    "made",
    (
        Sentence("The river Rhine floods", (LabelledSpan(10, 15, "river"),)),
        Sentence("In Basel the Aare ends", (LabelledSpan(13, 17, "river"), LabelledSpan(3, 8, "city"))),
        Sentence("A bank in Bern, a city", (LabelledSpan(10, 14, "city"),)),
        Sentence("🦕 nothing", ()),
    ),
    {"river": "river Rhine", "city": "city Basel"},
)


@pytest.fixture(params=["2.19.6", "3.6.0"])
def node(request, opensearch_node):
    return opensearch_node(request.param)


@pytest.fixture
def server(node):
    return f"opensearch://{node.url.removeprefix('http://')}"


def test_a_plan_ranks_on_a_server_as_it_does_here(server):
    names = ("bm25", "typed", "dense", "rrf(typed, bm25)")
    own = [open_system(name) for name in names]
    there = [on_server(system, exact=True) for system in own]
    runs = {run.system: run for _, run in run_systems([TASK], [*own, *there], FakeEncoder(), server=server)}
    for name in names:
        for label in TASK.types:
            here, beside = (runs[key].rankings[label] for key in (name, f"{name}@opensearch"))
            assert beside.documents.tolist() == here.documents.tolist()
            assert beside.scores == pytest.approx(here.scores, rel=1e-4)
            assert beside.mentions == here.mentions


def test_the_budget_measures_the_approximation_and_the_index_is_gone(node, server):
    before = {row["index"] for row in node.request("GET", "/_cat/indices?expand_wildcards=all&format=json")}
    budgets = Budgets(FakeEncoder(), server=True)
    for task, run in run_systems([TASK], budgets.systems(), FakeEncoder(), spans=("gold", "detected"), server=server):
        budgets.add(task, run)
    [budget] = budgets.budgets()
    assert budget.parts["approximation"] == pytest.approx(0.0)  # so few vectors are all searched
    after = {row["index"] for row in node.request("GET", "/_cat/indices?expand_wildcards=all&format=json")}
    assert not {name for name in after - before if name.startswith("hybrid-eval")}
