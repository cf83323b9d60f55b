"""Damage in a data set, named with its file and line."""

import json

import pytest

from hybrid.errors import InvalidFile
from hybrid.evaluation.native import read_dataset


def write_native(folder, documents, types):
    folder.mkdir()
    lines = "".join(f"{json.dumps(document, ensure_ascii=False)}\n" for document in documents)
    (folder / "documents.jsonl").write_text(lines, encoding="utf-8")
    (folder / "types.json").write_text(json.dumps(types), encoding="utf-8")
    return folder


DOCUMENT = {"id": "a", "text": "نهر 🦕 Rhine", "mentions": [{"start": 6, "end": 11, "type": "river"}]}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("types.json", "[1]", "types.json: expected an object of labels"),
        ("types.json", "{", "types.json: is not JSON"),
        ("documents.jsonl", '{"id": "a", "text": "b"}\nx\n', "documents.jsonl, line 2: is not JSON"),
        ("documents.jsonl", '{"id": "a"}\n', "documents.jsonl, line 1: expected id, text and mentions"),
    ],
)
def test_damage_is_named_with_its_line(tmp_path, name, content, sentence):
    folder = write_native(tmp_path / "rivers", [DOCUMENT], {"river": "river"})
    (folder / name).write_text(content)
    with pytest.raises(InvalidFile, match=sentence):
        read_dataset(folder)
