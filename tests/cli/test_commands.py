"""get, delete, count, info, rebuild, and the command itself."""

from __future__ import annotations

import json

import pytest

from hybrid import Retriever
from hybrid._version import __version__


def test_get_shows_a_document_with_its_mentions(hybrid, news):
    result = hybrid("get", news, "1")
    lines = result.out.splitlines()
    assert result.code == 0
    assert lines[:2] == ["1", "Tyres"]
    assert {"year: 1971", "lang: en", "🦕 Michelin opened a plant in Nova Scotia."} <= set(lines)
    assert any(line.startswith("mentions: ") for line in lines)


def test_get_as_json_can_be_indexed_again(hybrid, news, tiny, tmp_path):
    result = hybrid("get", news, "1", "3", "--json")
    assert [document["id"] for document in result.lines] == ["1", "3"]
    again = hybrid("index", tmp_path / "copy", "-", "--encoder", tiny, stdin=result.out)
    assert (again.code, hybrid("get", tmp_path / "copy", "1", "3", "--json").lines) == (
        0,
        [
            document | {"mentions": [{**mention} for mention in document["mentions"]]}
            for document in without_scores(result.lines)
        ],
    )


def without_scores(documents):
    """Mentions that were given have no detection score."""
    return [
        document
        | {
            "mentions": [
                {key: value for key, value in mention.items() if key != "score"} for mention in document["mentions"]
            ]
        }
        for document in documents
    ]


def test_get_names_ids_that_are_not_there_and_shows_the_others(hybrid, news):
    result = hybrid("get", news, "nix", "2")
    assert (result.code, result.err) == (1, "Error: no document has the id 'nix'\n")
    assert "Worn tyres" in result.out
    assert hybrid("get", news, "nix", "--json").error == {"kind": "NotFound", "message": "no document has the id 'nix'"}


def test_delete_says_how_many_went(hybrid, news):
    assert hybrid("delete", news, "1", "2", "nix").out == "2 of 3 deleted\n"
    assert hybrid("delete", news, "1", "--json").lines == [{"deleted": 0}]
    assert hybrid("count", news).out == "2\n"


def test_count_prints_a_number(hybrid, news):
    assert hybrid("count", news).out == "4\n"
    assert hybrid("count", news, "--json").lines == [{"documents": 4}]


def test_info_shows_statistics_bundle_and_fields(hybrid, news):
    result = hybrid("info", news)
    named = {line.split(maxsplit=1)[0]: line.split(maxsplit=1)[1] for line in result.out.splitlines()}
    assert named["bundle"] == "tiny"
    assert named["documents"] == "4"
    assert named["dimensions"] == "mention 8, passage 32"
    assert named["fields"] == "lang str, tags str, year int"
    [shape] = hybrid("info", news, "--json").lines
    assert (shape["documents"], shape["language"], shape["pending"]) == (4, "english", 0)
    assert shape["fields"] == {"lang": "str", "tags": "str", "year": "int"}


def test_rebuild_goes_over_to_another_bundle_and_loses_nothing(hybrid, news, other):
    [report] = hybrid("rebuild", news, "--encoder", other, "--json").lines
    assert report["documents"] == 4
    [shape] = hybrid("info", news, "--json").lines
    assert (shape["bundle"], shape["documents"], shape["dimensions"]) == ("other", 4, {"mention": 8, "passage": None})
    assert hybrid("find", news, "tyre maker", "--encoder", other).code == 0


def test_rebuild_with_the_same_bundle_says_what_was_done(hybrid, news, tiny):
    assert hybrid("rebuild", news, "--encoder", tiny).out.startswith("4 documents rebuilt with ")
    assert hybrid("rebuild", news, "--encoder", tiny, "--quiet").out == ""


def test_rebuild_without_the_bundle_leaves_the_index_as_it_was(hybrid, news):
    result = hybrid("rebuild", news)
    assert (result.code, "does not ship" in result.err) == (1, True)
    assert hybrid("count", news).out == "4\n"


def test_a_bundle_without_passages_has_no_dense_leg_and_says_so(hybrid, other, tmp_path):
    (tmp_path / "a.txt").write_text("Michelin opened a plant.\n")
    hybrid("index", tmp_path / "index", tmp_path / "a.txt", "--encoder", other)
    result = hybrid("find", tmp_path / "index", "tyre maker", "--how", "dense", "--encoder", other)
    assert (result.code, "dense" in result.err) == (2, True)


@pytest.mark.parametrize("command", ["get", "delete", "count", "info", "find", "plan"])
def test_a_folder_that_is_not_ours_ends_with_1(hybrid, tmp_path, command):
    (tmp_path / "notes.txt").write_text("mine")
    result = hybrid(command, tmp_path, *(["x"] if command in ("get", "delete", "find", "plan") else []))
    assert (result.code, result.out, len(result.err.splitlines())) == (1, "", 1)
    assert result.err.startswith("Error: ")


def test_an_index_of_a_newer_format_is_refused(hybrid, news):
    pointer = news / "index.json"
    pointer.write_text(json.dumps(json.loads(pointer.read_text()) | {"format": 99}))
    result = hybrid("count", news)
    assert (result.code, "99" in result.err, len(result.err.splitlines())) == (1, True, 1)


def test_a_second_writer_is_told_so(hybrid, news, tiny, tmp_path):
    with Retriever.open(news, encoder=tiny) as writer:
        writer.delete(["1"])
        result = hybrid("delete", news, "2")
    assert (result.code, result.err.startswith("Error: ")) == (1, True)
    assert hybrid("count", news).out == "3\n"


def test_the_version_is_the_packages(hybrid):
    assert hybrid("--version").out == f"hybrid {__version__}\n"


def test_help_names_every_command(hybrid):
    out = hybrid("--help").out
    for command in ("demo", "index", "find", "plan", "get", "delete", "count", "info", "rebuild", "bundle", "train"):
        assert f" {command} " in out
        assert hybrid(command, "--help").code == 0


@pytest.mark.parametrize("arguments", [["fnd", "x"], ["find"], ["find", "x"], ["count", "x", "--jsn"], ["get", "x"]])
def test_wrong_usage_ends_with_2(hybrid, arguments):
    result = hybrid(*arguments)
    assert (result.code, result.out) == (2, "")
    assert "Usage: " in result.err
