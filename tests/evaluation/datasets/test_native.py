"""The native form: what is written is read, and what is damaged is named with its line."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.errors import InvalidFile
from hybrid.evaluation.datasets import check_target, read_dataset, read_origin, write_dataset
from hybrid.evaluation.sentences import LabelledSpan, Sentence
from hybrid.evaluation.task import Task

texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(str.strip)
labels = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=5)


@st.composite
def sentences(draw: st.DrawFn, names: list[str]) -> Sentence:
    text = draw(texts)
    spans = set()
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text) - 1))
        spans.add(LabelledSpan(start, draw(st.integers(start + 1, len(text))), draw(st.sampled_from(names))))
    return Sentence(text, tuple(sorted(spans)))


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    names = draw(st.lists(labels, min_size=1, max_size=4, unique=True))
    own = tuple(draw(st.lists(sentences(names), min_size=1, max_size=6)))
    ids = tuple(draw(st.lists(labels, min_size=len(own), max_size=len(own), unique=True)))
    places = st.frozensets(st.integers(0, len(own) - 1), min_size=1)
    judged = draw(st.none() | st.dictionaries(st.sampled_from(names), places, min_size=1))
    answered = set(judged) if judged is not None else set().union(*(sentence.labels for sentence in own))
    return Task("set", own, {name: draw(texts) for name in names if name in answered}, ids, judged)


@given(tasks())
def test_what_is_written_is_read(task):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "set"
        write_dataset(task, folder, {"files": []})
        assert read_dataset(folder) == task
        assert {path.name for path in folder.iterdir()} == {"documents.jsonl", "types.json", "dataset.json"}


def test_types_keep_their_order_and_ids_are_made_where_there_are_none(tmp_path):
    spans = (LabelledSpan(0, 4, "b"), LabelledSpan(0, 4, "a"))
    write_dataset(Task("set", (Sentence("Rome", tuple(sorted(spans))),), {"b": "bee", "a": "ay"}), tmp_path, {})
    task = read_dataset(tmp_path)
    assert (list(task.types), task.ids, task.judged, task.name) == (["b", "a"], ("0",), None, tmp_path.name)


def test_a_set_may_be_written_by_hand(write, tmp_path):
    write(
        "documents.jsonl", '{"id": 7, "text": "🦖 Sue", "mentions": [{"start": 2, "end": 5, "type": "dinosaur"}]}\n\n'
    )
    write("types.json", '{"dinosaur": "dinosaur"}')
    task = read_dataset(tmp_path)
    assert (task.ids, task.relevant("dinosaur"), read_origin(tmp_path)) == (("7",), {0}, {})


DOCUMENT = {"id": "1", "text": "Rome", "mentions": [{"start": 0, "end": 4, "type": "city"}]}


def lines(*documents: object) -> str:
    return "".join(json.dumps(document) + "\n" for document in documents)


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ("{", "line 1: no JSON: "),
        (lines(DOCUMENT, [1]), "line 2: a list was found"),
        (lines(DOCUMENT, DOCUMENT), "line 2: has the id '1', as line 1"),
        (lines({"text": "x"}), "line 1: has no id"),
        (lines({"id": "1", "text": "  "}), "line 1: has no text"),
        (lines(DOCUMENT | {"mentions": {}}), "line 1: has 'mentions' that are no list"),
        (lines(DOCUMENT | {"mentions": [{"start": 0, "end": 5, "type": "city"}]}), "within its 4 characters"),
        (lines(DOCUMENT | {"mentions": [{"start": 2, "end": 2, "type": "city"}]}), "line 1: has the mention"),
        (lines(DOCUMENT | {"mentions": [{"start": 0, "end": 4}]}), "line 1: has the mention"),
        (lines(DOCUMENT | {"mentions": ["Rome"]}), "line 1: has the mention 'Rome'"),
        (lines(DOCUMENT | {"answers": "city"}), "line 1: has 'answers' that are no list of labels"),
        (lines(DOCUMENT | {"answers": ["city"]}, DOCUMENT | {"id": "2"}), "line 2: only some documents have 'answers'"),
        (lines({"id": "1", "text": "Rome"}), "types.json: asks for 'city', which no text answers"),
        ('{"id": "1", "text": "\\ud800"}', "line 1: has half of a surrogate pair"),
    ],
)
def test_damage_is_named_with_its_line(write, tmp_path, documents, message):
    write("documents.jsonl", documents)
    write("types.json", '{"city": "city"}')
    with pytest.raises(InvalidFile) as error:
        read_dataset(tmp_path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ("[]", "types.json: holds no object"),
        ("{", "types.json: is not JSON"),
        ('{"city": ""}', "types.json: has no words for 'city'"),
        ('{"city": {"a": "b"}}', "types.json: has no words for 'city'"),
    ],
)
def test_types_are_labels_with_words(write, tmp_path, types, message):
    write("types.json", types)
    with pytest.raises(InvalidFile) as error:
        read_dataset(tmp_path)
    assert message in str(error.value)


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidFile, match=r"types\.json: cannot be read \(No such file"):
        read_dataset(tmp_path / "few-nerd")


def test_only_a_set_that_was_written_may_be_replaced(write, tmp_path):
    task = Task("set", (Sentence("Rome", (LabelledSpan(0, 4, "city"),)),), {"city": "city"})
    folder = tmp_path / "new"
    check_target(folder, replace=False)
    write_dataset(task, folder, {"recipe": "made"})
    check_target(folder, replace=True)
    with pytest.raises(InvalidFile, match="holds a data set; --force replaces it"):
        check_target(folder, replace=False)
    assert read_origin(folder) == {"recipe": "made"}
    (folder / "dataset.json").write_text('{"format": 9}')
    with pytest.raises(InvalidFile, match="is no data set of format 1"):
        check_target(folder, replace=True)
    write("mine/notes.txt", "mine")
    for path in (tmp_path / "mine", tmp_path / "mine" / "notes.txt"):
        with pytest.raises(InvalidFile, match=r"is not empty and no data set|is a file"):
            check_target(path, replace=True)


def test_a_set_that_cannot_be_written_leaves_the_one_that_is_there(tmp_path):
    task = Task("set", (Sentence("Rome", (LabelledSpan(0, 4, "city"),)),), {"city": "city"})
    write_dataset(task, tmp_path, {})
    with pytest.raises(TypeError):
        write_dataset(Task("set", task.sentences, {"city": "\ud800"}), tmp_path, {})
    assert read_dataset(tmp_path).types == {"city": "city"}
    assert len(list(tmp_path.iterdir())) == 3
