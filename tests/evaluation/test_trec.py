"""TREC files: written, and read back by ir-measures."""

import itertools

import ir_measures
import numpy as np
import pytest

from hybrid.errors import StorageError
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.ir import measure
from hybrid.evaluation.runs import Ranking, Run
from hybrid.evaluation.task import Task
from hybrid.evaluation.trec import escaped, file_name, write_qrels, write_run

IDS = ("one", "two words", "50%", "مستند", "🦕")


@pytest.fixture
def task() -> Task:
    labels = ("river", "river", "big city", "river", "big city")
    sentences = tuple(Sentence("Rhine", (LabelledSpan(0, 5, label),)) for label in labels)
    return Task("my set", sentences, {"river": "river", "big city": "city"}, IDS)


def run_of(scores=(0.9, 0.5, 0.5, 0.5, 0.1)) -> Run:
    river = Ranking(np.array([4, 3, 2, 1, 0]), np.array(scores))
    city = Ranking(np.array([2, 0]), np.array([2.5, -1.0]))
    return Run("my set", "gold", "rrf(bm25, dense)", {"river": river, "big city": city})


def test_the_files_give_the_same_figures_as_the_rankings(task, tmp_path):
    qrels = list(ir_measures.read_trec_qrels(str(write_qrels(task, tmp_path))))
    run = list(ir_measures.read_trec_run(str(write_run(task, run_of(), tmp_path))))
    expected = measure(task, run_of().rankings)
    names = {ir_measures.parse_measure(name): name for name in expected["river"]}
    for one in ir_measures.iter_calc(list(names), qrels, run):
        label = {"river": "river", "big%20city": "big city"}[one.query_id]
        assert one.value == pytest.approx(expected[label][names[one.measure]])


def test_the_lines_are_those_of_the_formats(task, tmp_path):
    lines = write_run(task, run_of(), tmp_path).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "river Q0 🦕 1 0.899999976 rrf_bm25_dense"
    assert [line.split()[2:4] for line in lines] == [
        ["🦕", "1"], ["مستند", "2"], ["50%25", "3"], ["two%20words", "4"], ["one", "5"], ["50%25", "1"], ["one", "2"],
    ]  # fmt: skip
    judged = write_qrels(task, tmp_path).read_text(encoding="utf-8").splitlines()
    assert judged[0] == "river 0 one 1"
    assert judged[-1] == "big%20city 0 🦕 1"


def test_ties_are_written_apart(task, tmp_path):
    lines = write_run(task, run_of((0.5,) * 5), tmp_path).read_text(encoding="utf-8").splitlines()[:5]
    scores = [np.float32(line.split()[4]) for line in lines]
    assert all(one > other for one, other in itertools.pairwise(scores))


def test_names_become_names_of_files():
    assert file_name("min_max(typed=1, dense=.2); depth=1000") == "min_max_typed=1_dense=.2_depth=1000"
    assert file_name("dense:folder:/a/b") == "dense_folder_a_b"
    assert file_name("///") == "_"
    assert escaped("a b\u2003c%") == "a%20b%E2%80%83c%25"


def test_a_folder_that_cannot_be_made_is_an_error(task, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        write_qrels(task, tmp_path / "file" / "runs")
