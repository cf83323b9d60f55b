"""BEIR's folders: queries are types, judgements say what is relevant."""

import gzip
import json

import pytest

from hybrid.errors import InvalidFile
from hybrid.evaluation.datasets import Rules, convert, read_beir, read_dataset, write_dataset

CORPUS = [
    {"_id": "d1", "title": "Rhine", "text": "A river in Europe."},
    {"_id": "d2", "title": "", "text": "A lake."},
    {"_id": "d3", "text": "A lake."},
    {"_id": "d4", "title": "", "text": ""},
]
QUERIES = [{"_id": "q-other", "text": "which rivers?"}, {"_id": "q2", "text": "lakes"}, {"_id": "q3", "text": "seas"}]
QRELS = "query-id\tcorpus-id\tscore\nq2\td3\t1\nq-other\td1\t2\nq-other\td2\t0\nq2\tgone\t1\n"


def lines(shapes: list[dict[str, str]]) -> str:
    return "".join(json.dumps(shape) + "\n" for shape in shapes)


@pytest.fixture
def folder(write, tmp_path):
    write("beir/corpus.jsonl", lines(CORPUS))
    write("beir/queries.jsonl", lines(QUERIES))
    write("beir/qrels/test.tsv", QRELS)
    return tmp_path / "beir"


def test_a_folder_becomes_a_judged_task(folder, tmp_path):
    made = convert("lakes", read_beir(folder), Rules())
    task = made.task
    assert task.types == {"q-other": "which rivers?", "q2": "lakes"}
    assert [sentence.text for sentence in task.sentences] == ["Rhine A river in Europe.", "A lake."]
    assert (task.relevant("q-other"), task.relevant("q2"), task.ids) == ({0}, {1}, ("d1", "d2"))
    assert (made.read, made.empty, made.merged, task.has_mentions) == (4, 1, 1, False)
    assert made.notes == ("1 judgements of texts or queries that are not there were left out",)
    write_dataset(task, tmp_path / "lakes", {})
    assert read_dataset(tmp_path / "lakes") == task


def test_duplicates_may_be_kept(folder):
    task = convert("lakes", read_beir(folder), Rules(merge=False)).task
    assert (task.ids, task.relevant("q2")) == (("d1", "d2", "d3"), {2})


def test_another_split_has_qrels_of_its_own(folder, write):
    write("beir/qrels/dev.tsv", "query-id\tcorpus-id\tscore\nq3\td1\t1\n")
    assert convert("dev", read_beir(folder, "dev"), Rules()).task.types == {"q3": "seas"}


def test_a_packed_corpus_is_read(folder):
    packed = folder / "corpus.jsonl.gz"
    packed.write_bytes(gzip.compress((folder / "corpus.jsonl").read_bytes()))
    (folder / "corpus.jsonl").unlink()
    assert len(read_beir(folder).records) == 4


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "corpus.jsonl",
            '{"_id": "d1", "text": "x"}\n{"_id": "d1", "text": "y"}\n',
            "line 2: has the id 'd1', as line 1",
        ),
        ("corpus.jsonl", '{"_id": "d1"}\n', "corpus.jsonl, line 1: has no text"),
        ("queries.jsonl", '{"_id": "q", "text": " "}\n', "queries.jsonl, line 1: has no text"),
        (
            "queries.jsonl",
            '{"id": "q", "text": "x"}\n',
            "queries.jsonl, line 1: has no id; expected a text under '_id'",
        ),
        (
            "qrels/test.tsv",
            "query-id\tcorpus-id\tscore\nq2\td2\n",
            "test.tsv, line 2: is 'q2\\td2'; expected query-id<TAB>",
        ),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq2\td2\tyes\n", "test.tsv, line 2: is"),
    ],
)
def test_damage_is_named_with_its_line(folder, write, name, content, message):
    write(f"beir/{name}", content)
    with pytest.raises(InvalidFile) as error:
        read_beir(folder)
    assert message in str(error.value)


def test_a_split_that_is_not_there_is_named(folder):
    with pytest.raises(InvalidFile, match=r"qrels/train\.tsv: cannot be read"):
        read_beir(folder, "train")
