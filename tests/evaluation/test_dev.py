"""The DEV tasks: how sentences are sampled, united and counted."""

import json

import pytest

from hybrid.errors import InvalidFile
from hybrid.evaluation.dev import read_dev


def test_the_four_tasks_are_read_in_their_order(tasks):
    assert [task.name for task in tasks] == ["few-nerd", "politics", "science", "wnut17"]
    assert [len(task.sentences) for task in tasks] == [3, 3, 2, 1]


def test_files_of_a_domain_are_one_file_and_duplicates_unite_their_spans(tasks):
    politics = tasks[1]
    assert [sentence.text for sentence in politics.sentences] == ["Labour won", "Peru voted", "Paris"]
    assert politics.sentences[0].labels == {"party", "event"}
    assert politics.relevant("event") == {0}


def test_r_is_the_number_of_texts_not_of_mentions(tasks):
    assert tasks[2].relevant("planet") == {0, 1}
    assert tasks[0].relevant("castle") == frozenset()


def test_a_wrong_r_is_an_error(dev_folder):
    path = dev_folder / "dev" / "samples.json"
    data = json.loads(path.read_text())
    data["tasks"]["science"]["R"]["planet"] = 3
    path.write_text(json.dumps(data))
    with pytest.raises(InvalidFile, match="2 texts of science mention planet; expected 3"):
        read_dev(dev_folder)


def test_an_index_that_is_no_first_occurrence_is_an_error(dev_folder):
    path = dev_folder / "dev" / "samples.json"
    data = json.loads(path.read_text())
    data["tasks"]["politics"]["sentences"] = [0, 2]
    path.write_text(json.dumps(data))
    with pytest.raises(InvalidFile, match="names sentence 2 of politics, which is not there"):
        read_dev(dev_folder)


def test_missing_and_damaged_files_are_named(dev_folder, tmp_path):
    (dev_folder / "dev" / "types.json").write_text("{")
    with pytest.raises(InvalidFile, match=r"dev/types\.json: is not JSON"):
        read_dev(dev_folder)
    with pytest.raises(InvalidFile, match=r"dev/samples\.json: cannot be read"):
        read_dev(tmp_path / "nowhere")
