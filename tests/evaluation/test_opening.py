"""Names to tasks."""

import json

import pytest

from hybrid.errors import InvalidFile, InvalidInput
from hybrid.evaluation.conll import LabelledSpan
from hybrid.evaluation.opening import open_tasks


def write_native(folder, documents, types):
    folder.mkdir()
    lines = "".join(f"{json.dumps(document, ensure_ascii=False)}\n" for document in documents)
    (folder / "documents.jsonl").write_text(lines, encoding="utf-8")
    (folder / "types.json").write_text(json.dumps(types), encoding="utf-8")
    return folder


DOCUMENT = {"id": "a", "text": "نهر 🦕 Rhine", "mentions": [{"start": 6, "end": 11, "type": "river"}]}


def test_a_folder_in_the_native_form(tmp_path):
    folder = write_native(tmp_path / "rivers", [DOCUMENT, {"id": "b", "text": "Basel"}], {"river": "river name"})
    [task] = open_tasks([str(folder)], None)
    assert (task.name, task.ids, task.types) == ("rivers", ("a", "b"), {"river": "river name"})
    assert task.sentences[0].spans == (LabelledSpan(6, 11, "river"),)
    assert task.relevant("river") == {0}


def test_dev_is_four_tasks_or_one_of_them(dev_folder):
    assert [task.name for task in open_tasks(["dev"], dev_folder)] == ["few-nerd", "politics", "science", "wnut17"]
    assert [task.name for task in open_tasks(["dev/science", "dev/science"], dev_folder)] == ["science"]


def test_two_data_sets_of_one_name_are_refused(tmp_path):
    for parent, document in (("x", DOCUMENT), ("y", {**DOCUMENT, "text": "nothing but Rhine"})):
        (tmp_path / parent).mkdir()
        write_native(tmp_path / parent / "same", [document], {"river": "river"})
    with pytest.raises(InvalidInput, match="two data sets are called 'same'"):
        open_tasks([str(tmp_path / "x" / "same"), str(tmp_path / "y" / "same")], None)


@pytest.mark.parametrize("name", ["mean", "zero_shot", "scale", "dimensions", "paper"])
def test_the_other_names_of_a_report_are_taken(tmp_path, name):
    folder = write_native(tmp_path / name, [DOCUMENT], {"river": "river"})
    with pytest.raises(InvalidInput, match=f"a data set is called {name}, as .* are; rename its folder"):
        open_tasks([str(folder)], None)


def test_dev_needs_to_be_told_where_it_lies(dev_folder):
    with pytest.raises(InvalidInput, match="HYBRID_CORPORA"):
        open_tasks(["dev"], None)
    with pytest.raises(InvalidInput, match="no task 'sports'; it has few-nerd, politics"):
        open_tasks(["dev/sports"], dev_folder)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidFile, match=r"nowhere.*cannot be read"):
        open_tasks([str(tmp_path / "nowhere")], None)
