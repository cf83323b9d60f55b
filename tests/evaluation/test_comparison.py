"""Systems on tasks: every pair runs, and no more often than it must."""

import pytest

from hybrid.errors import InvalidInput
from hybrid.evaluation.comparison import run_systems
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.systems.factory import open_system
from hybrid.evaluation.task import Task
from hybrid.testing import FakeEncoder

TASK = Task(
    "made",
    (Sentence("the old town of Basel", (LabelledSpan(16, 21, "city"),)), Sentence("A bank", ())),
    {"city": "Basel"},
)


class Counted:
    """A system that counts how often it ranks."""

    def __init__(self, name):
        self.inner, self.times = open_system(name), 0
        self.name, self.reads_mentions = name, self.inner.reads_mentions
        self.reads_passages = self.inner.reads_passages

    def rank(self, collection, types, depth):
        self.times += 1
        return self.inner.rank(collection, types, depth)


def test_every_system_runs_on_every_task_and_kind_of_mentions():
    runs = list(
        run_systems([TASK], [open_system("bm25"), open_system("typed")], FakeEncoder(), spans=("gold", "detected"))
    )
    assert [(run.spans, run.system) for _, run in runs] == [
        ("gold", "bm25"), ("gold", "typed"), ("detected", "bm25"), ("detected", "typed"),
    ]  # fmt: skip
    assert all(task is TASK and run.task == "made" for task, run in runs)


def test_a_system_that_reads_no_mentions_runs_once_a_task():
    lexical, typed = Counted("bm25"), Counted("typed")
    gold, _, detected, _ = (
        run for _, run in run_systems([TASK], [lexical, typed], FakeEncoder(), spans=("gold", "detected"))
    )
    assert (lexical.times, typed.times) == (1, 2)
    assert gold.rankings is detected.rankings


def test_progress_tells_where_it_is():
    steps = []
    list(run_systems([TASK], [open_system("bm25")], FakeEncoder(), progress=lambda *step: steps.append(step)))
    assert steps == [("measuring made, gold mentions", 0, 1), ("measuring", 1, 1)]


def test_a_task_without_gold_mentions_runs_on_detected_ones_alone():
    plain = Task("judged", (Sentence("Old Basel", ()),), {"city": "Basel"})
    runs = run_systems([plain], [open_system("typed")], FakeEncoder(), spans=("gold", "detected"))
    assert [run.spans for _, run in runs] == ["detected"]


def test_systems_that_need_passage_vectors_are_refused_before_any_runs():
    steps = []
    systems = [open_system(name) for name in ("bm25", "dense", "rrf(typed, dense)", "surface", "hybrid")]
    runs = run_systems([TASK], systems, FakeEncoder(passages=False), progress=lambda *step: steps.append(step))
    with pytest.raises(
        InvalidInput,
        match=r"fake has no passage vector, so there is no dense leg; leave out dense, rrf\(typed, dense\), surface$",
    ):
        list(runs)
    assert steps == []
    kept = [open_system(name) for name in ("bm25", "typed", "rrf(typed, bm25)", "hybrid")]
    assert len(list(run_systems([TASK], kept, FakeEncoder(passages=False)))) == 4
