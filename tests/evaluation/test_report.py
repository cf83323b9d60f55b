"""From runs to tables and JSON, on tasks worked out by hand."""

import numpy as np
import pytest

from hybrid.errors import InvalidInput
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.report import Results, report_to_json
from hybrid.evaluation.runs import Ranking, Run
from hybrid.evaluation.task import Task


def task_of(name, *labels, types=("a", "b")) -> Task:
    sentences = tuple(Sentence("text", (LabelledSpan(0, 4, label),)) for label in labels)
    return Task(name, sentences, {label: label for label in types})


def run_of(task, system, spans="gold", **documents) -> Run:
    rankings = {label: Ranking(np.array(own), -np.arange(len(own), dtype=float)) for label, own in documents.items()}
    return Run(task.name, spans, system, rankings)


FIRST, SECOND = task_of("first", "a", "a", "b", "b"), task_of("second", "b", "a", types=("b", "none"))


def results(baseline=None) -> Results:
    made = Results(baseline)
    made.add(FIRST, run_of(FIRST, "good", a=[0, 1], b=[2, 3]))
    made.add(FIRST, run_of(FIRST, "bad", a=[0, 2], b=[0, 1]))
    made.add(SECOND, run_of(SECOND, "good", b=[0], none=[0]))
    made.add(SECOND, run_of(SECOND, "bad", b=[1], none=[0]))
    return made


def test_types_of_a_data_set_and_data_sets_count_the_same():
    first, second, mean = results().tables()
    assert [row.values["RPrec"] for row in first.rows] == [1.0, 0.25]
    assert [row.values["RPrec"] for row in second.rows] == [1.0, 0.0]
    assert [row.values["RPrec"] for row in mean.rows] == [1.0, 0.125]
    assert (mean.name, mean.texts, mean.key) == ("mean", 6, "mean")


def test_types_without_an_answer_are_named_and_in_no_mean():
    _, second, _ = results().tables()
    assert second.unanswered == ("none",)
    assert dict(second.answers) == {"b": 1}


def test_json_is_data_set_then_system_then_measures_and_types():
    report = report_to_json(results("bad").tables())
    assert list(report) == ["first", "second", "mean"]
    good = report["first"]["good"]
    assert (good["RPrec"], good["RPrec_interval"], good["depth"]) == (1.0, [1.0, 1.0], [1000, 1000])
    assert good["types"]["a"] == {**good["types"]["a"], "RPrec": 1.0, "R": 2}
    assert (good["p"], good["p_holm"]) == (0.5, 0.5)
    assert "p" not in report["first"]["bad"]
    assert report["mean"]["good"]["types"] == {}


def test_detected_mentions_have_tables_of_their_own():
    made = Results()
    made.add(FIRST, run_of(FIRST, "good", a=[0, 1], b=[2, 3]))
    made.add(FIRST, run_of(FIRST, "good", "detected", a=[2, 1], b=[2, 3]))
    assert [table.key for table in made.tables()] == ["first", "first/detected"]
    assert report_to_json(made.tables())["first/detected"]["good"]["RPrec"] == 0.75


def test_several_tests_are_corrected_together():
    task = task_of("wide", *"abcdefgh", types="abcdefgh")
    made = Results("base")
    for system, shift in (("base", 1), ("one", 0), ("two", 0)):
        documents = {label: [(place + shift) % 8] for place, label in enumerate("abcdefgh")}
        made.add(task, run_of(task, system, **documents))
    [table] = made.tables()
    assert [row.p for row in table.rows] == [None, 2 / 256, 2 / 256]
    assert [row.p_holm for row in table.rows] == [None, 4 / 256, 4 / 256]


def test_the_depth_is_twice_the_answers_where_they_are_many():
    task = task_of("long", *["a"] * 700, "b")
    made = Results()
    made.add(task, run_of(task, "one", a=list(range(700)), b=[700]))
    assert made.tables()[0].depth == (1000, 1400)


def test_a_baseline_that_did_not_run_is_an_error():
    with pytest.raises(InvalidInput, match="'best' is none of the systems good, bad"):
        results("best").tables()


def test_a_task_that_nothing_answers_has_no_table():
    made = Results()
    made.add(task_of("void", "x"), run_of(task_of("void", "x"), "one", a=[0]))
    assert made.tables() == ()
