from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hybrid import Retriever
from hybrid.cli.summary import SHOWN


@pytest.fixture
def index(hybrid, tiny, tmp_path):
    """Run `hybrid index` over files of this content into a new index."""

    def run(content, *arguments, name="a.jsonl", stdin=None):
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        source = "-" if stdin is not None else file
        return hybrid("index", tmp_path / "index", source, "--encoder", tiny, *arguments, stdin=stdin)

    return run


def stored(tmp_path: Path, *ids: str):
    with Retriever.open(tmp_path / "index", encoder=False) as retriever:
        return [retriever.count(), *retriever.get(ids)]


def test_a_file_becomes_an_index_and_the_counts_are_printed(index, tmp_path):
    result = index('{"id": 1, "text": "Oslo", "title": "Norway", "year": 1971}\n{"text": "Bergen"}\n')
    assert result.code == 0
    assert result.out.startswith("2 documents indexed with ")
    assert result.err == ""
    count, document = stored(tmp_path, "1")
    assert (count, document.text, document.title, dict(document.fields)) == (2, "Oslo", "Norway", {"year": 1971})


def test_json_gives_every_count_in_one_object(index):
    [report] = index('{"id": "1", "text": "Oslo"}\n{"id": "1", "text": "Bergen"}', "--json").lines
    assert {name: report[name] for name in ("replaced", "skipped", "refused", "dropped")} == {
        "replaced": 1,
        "skipped": 0,
        "refused": [],
        "dropped": [],
    }
    assert report["seconds"] > 0


def test_quiet_prints_nothing(index):
    result = index('{"text": "Oslo"}', "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_refused_lines_are_named_by_file_and_line_and_the_rest_is_indexed(index, tmp_path):
    lines = ['{"id": "1", "text": "Oslo"}', "no", '{"id": "3", "text": " "}', "", '{"id": "5", "text": "Bergen"}']
    result = index("\n".join(lines))
    file = tmp_path / "a.jsonl"
    assert result.code == 1
    assert result.err.splitlines() == [
        f"Refused: {file}, line 2: no JSON: expecting value at column 1",
        f"Refused: {file}, line 3: document '3', field 'text': the text is empty or white space",
    ]
    assert result.out.strip().endswith("; 2 refused")
    assert stored(tmp_path, "1", "3", "5")[0] == 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "1"}', "there is no text: 'text' is missing"),
        ('{"id": "1", "text": 7}', "the text is int; expected a string"),
        ('{"id": "1", "text": "a\\ud800"}', "offset 1 holds a lone surrogate, which UTF-8 cannot hold"),
        ('{"id": "1", "text": ""}', "the text is empty or white space"),
        ('{"id": 1.5, "text": "x"}', "the id 1.5 is float; expected a string"),
        ('{"id": "", "text": "x"}', "the id is empty; expected 1 to 512 bytes"),
        ('{"id": "%s", "text": "x"}' % ("é" * 257), "the id has 514 bytes in UTF-8; expected at most 512"),
        ('{"id": "1", "text": "x", "a.b": 1}', "the name of a field has no dot"),
        ('{"id": "1", "text": "x", "year": NaN}', "NaN is no JSON; expected a finite number or null"),
        ('{"id": "1", "text": "x", "year": 1e999}', "inf is no finite number"),
        ('{"id": "1", "text": "x", "year": 9223372036854775808}', "the integer has 64 bits"),
        ('{"id": "1", "text": "x", "mentions": [{"start": 0, "end": 9}]}', "mention 0 spans [0, 9)"),
        ('{"id": "1", "text": "x", "mentions": [{"start": 1, "end": 0}]}', "mention 0 spans [1, 0)"),
        ('{"id": "1", "text": "x", "mentions": 7}', "int was found; expected a list"),
        ('{"id": "1", "text": "x", "kind": "text after an int"}', "'kind'"),
    ],
)
def test_a_bad_document_is_refused_with_a_reason_and_the_others_stay(index, tmp_path, line, reason):
    result = index(f'{{"id": "0", "text": "Oslo", "kind": 1}}\n{line}\n{{"id": "2", "text": "Bergen"}}\n', "--json")
    [report] = result.lines
    [refused] = report["refused"]
    assert (result.code, refused["file"], refused["line"]) == (1, str(tmp_path / "a.jsonl"), 2)
    assert reason in refused["reason"]
    assert str(tmp_path) not in refused["reason"]
    assert stored(tmp_path)[0] == 2


def test_a_text_of_a_megabyte_works_and_one_byte_more_is_refused(index, tmp_path):
    lines = (json.dumps({"id": str(at), "text": f"{'Oslo':<{1_000_000 + at}}"}) for at in range(2))
    [report] = index("\n".join(lines), "--json").lines
    assert report["documents"] == 1
    assert [(entry["line"], entry["id"]) for entry in report["refused"]] == [(2, "1")]
    assert "expected at most 1,000,000" in report["refused"][0]["reason"]


def test_a_mention_that_meets_no_token_is_reported_and_its_document_kept(index, tmp_path):
    result = index('{"id": "1", "text": "Oslo  and", "mentions": [{"start": 0, "end": 4}, {"start": 4, "end": 6}]}')
    assert result.code == 0
    assert result.err.startswith(f"Left out: {tmp_path / 'a.jsonl'}, line 1: ")
    assert stored(tmp_path)[0] == 1


def test_many_refusals_are_counted_and_the_first_are_shown(index):
    result = index("no\n" * (SHOWN + 5) + '{"text": "Oslo"}')
    assert len(result.err.splitlines()) == SHOWN + 1
    assert result.err.splitlines()[-1] == "Refused: 5 more; --json lists all"


def test_strict_stops_at_the_first_refused_line(index, tmp_path):
    [report] = index('{"id": "1", "text": "Oslo"}\nno\n{"id": "3", "text": "Bergen"}\nno', "--strict", "--json").lines
    assert (report["documents"], [entry["line"] for entry in report["refused"]]) == (1, [2])
    assert stored(tmp_path)[0] == 1


def test_strict_stops_after_the_batch_of_the_first_refused_document(index, tmp_path):
    lines = ['{"id": "1", "text": "Oslo", "mentions": []}', '{"id": "2", "text": ""}']
    lines += [json.dumps({"id": f"n{at}", "text": "Oslo", "mentions": []}) for at in range(1200)]
    [report] = index("\n".join(lines), "--strict", "--json").lines
    assert [entry["line"] for entry in report["refused"]] == [2]
    assert 0 < report["documents"] < 1200


def test_where_nothing_can_be_read_no_index_is_made(index, tmp_path):
    result = index("id,body\n1,x\n", name="a.csv")
    assert result.code == 1
    assert "the header names 'id', 'body'; expected a column 'text'" in result.err
    assert not (tmp_path / "index").exists()


def test_an_empty_file_makes_an_empty_index(index, tmp_path):
    assert index("").code == 0
    assert stored(tmp_path) == [0]


def test_indexing_again_replaces_and_skip_passes_over(index):
    content = '{"id": "1", "text": "Oslo"}\n{"id": "2", "text": "Bergen"}'
    assert index(content, "--json").lines[0]["replaced"] == 0
    assert index(content, "--json").lines[0]["replaced"] == 2
    again = index(content, "--on-existing", "skip", "--json").lines[0]
    assert (again["documents"], again["skipped"]) == (0, 2)


def test_texts_without_ids_are_the_same_documents_when_read_again(index, tmp_path):
    for _ in range(2):
        assert index("Oslo\nBergen\n", name="a.txt").code == 0
    assert stored(tmp_path)[0] == 2


def test_standard_input_is_json_lines_unless_a_format_is_named(index, tmp_path):
    assert index(None, stdin='{"id": "1", "text": "Oslo"}\n').code == 0
    assert index(None, "--format", "text", stdin="Bergen\nno\n").code == 0
    result = index(None, stdin="no\n")
    assert (result.code, result.err) == (
        1,
        "Refused: standard input, line 1: no JSON: expecting value at column 1\n",
    )
    assert stored(tmp_path)[0] == 3


def test_csv_with_declared_types_and_then_as_the_index_keeps_them(index, tmp_path):
    options = ("--id-field", "key", "--text-field", "body", "--title-field", "head")
    first = index("key,body,head,year\n1,Oslo,Norway,1971\n", *options, "--field", "year:int", name="a.csv")
    second = index("key,body,year\n2,Bergen,2009\n3,Narvik,soon\n", *options, name="b.csv")
    assert (first.code, second.code) == (0, 1)
    assert "line 3: field 'year': 'soon' is no int; expected a whole number" in second.err
    _, oslo, bergen = stored(tmp_path, "1", "2")
    assert (oslo.title, dict(oslo.fields), dict(bergen.fields)) == ("Norway", {"year": 1971}, {"year": 2009})


def test_a_declared_float_takes_integers_in_json(index, tmp_path):
    index('{"id": "1", "text": "Oslo", "price": 2}\n{"id": "2", "text": "x", "price": 2.5}', "--field", "price:float")
    assert [dict(document.fields) for document in stored(tmp_path, "1", "2")[1:]] == [{"price": 2.0}, {"price": 2.5}]


def test_parquet_is_read_with_its_types(index, tmp_path):
    pq.write_table(pa.table({"id": [1, 2], "text": ["Oslo", None], "year": [1971, 2009]}), tmp_path / "a.parquet")
    result = index(None, name="a.parquet")
    assert result.code == 1
    assert f"{tmp_path / 'a.parquet'}, line 2: there is no text: 'text' is null" in result.err
    assert dict(stored(tmp_path, "1")[1].fields) == {"year": 1971}


def test_several_files_go_into_one_index(hybrid, tiny, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "Oslo"}\nno\n')
    (tmp_path / "b.txt").write_text("Bergen\n")
    (tmp_path / "c.csv").write_text("text\nNarvik\n")
    result = hybrid(
        "index", tmp_path / "index", *(tmp_path / name for name in ("a.jsonl", "b.txt", "c.csv")), "--encoder", tiny
    )
    assert (result.code, stored(tmp_path)[0]) == (1, 3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.jsonl"], "there is no such file"),
        (["folder.csv"], "this is a folder; expected a file"),
        (["a.doc"], "the suffix says no format"),
        (["-", "-"], "standard input can be read once"),
        (["a.jsonl", "--field", "year"], "'year' is no NAME:TYPE; types are str, int, float, bool, date, datetime"),
        (["a.jsonl", "--field", "year:integer"], "'year:integer' is no NAME:TYPE"),
        (["a.jsonl", "--field", "a.b:int"], "the name of a field has no dot"),
        (["a.jsonl", "--on-existing", "keep"], "keep"),
        (["a.jsonl", "--format", "xml"], "xml"),
        ([], "FILE"),
    ],
)
def test_wrong_usage_ends_with_2_before_anything_is_made(hybrid, tiny, tmp_path, arguments, sentence, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("folder.csv").mkdir()
    Path("a.jsonl").write_text('{"text": "Oslo"}')
    Path("a.doc").write_text("Oslo")
    result = hybrid("index", "index", *arguments, "--encoder", tiny)
    assert result.code == 2
    assert sentence in result.err
    assert not Path("index").exists()


def test_options_that_do_not_fit_the_index_end_with_2(index, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    index('{"text": "Oslo", "year": 1971}')
    for option, value, sentence in (
        ("--field", "year:str", "the index keeps year as int, not str"),
        ("--language", "none", "the index was made with english"),
    ):
        result = index('{"text": "Bergen"}', option, value)
        assert (result.code, sentence in result.err) == (2, True)


def test_another_bundle_than_the_indexs_is_refused(news, hybrid, other, tmp_path):
    result = hybrid("index", news, tmp_path / "news.jsonl", "--encoder", other)
    assert result.code == 1
    assert result.err.startswith("Error: the index was made by bundle 'tiny'")
    assert "--encoder" in result.err


def test_a_folder_that_is_not_ours_is_left_alone(index, tmp_path):
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "notes.txt").write_text("mine")
    result = index('{"text": "Oslo"}')
    assert (result.code, len(result.err.splitlines())) == (1, 1)
    assert [path.name for path in (tmp_path / "index").iterdir()] == ["notes.txt"]


def test_a_detector_that_plugs_in_finds_the_mentions(index, tiny, tmp_path):
    lines = '{"id": "1", "text": "Oslo and Bergen"}\nno\n{"id": "2", "text": "x", "mentions": []}'
    result = index(lines, "--detector", f"bundle:{tiny}(threshold=0)")
    assert (result.code, "a.jsonl, line 2" in result.err) == (1, True), result.err
    count, one, two = stored(tmp_path, "1", "2")
    assert (count, [mention.surface for mention in two.mentions]) == (2, [])
    assert one.mentions[0].start == 0


@pytest.mark.parametrize(("detector", "code"), [("flair:ner", 2), ("bundle:nobody", 1)])
def test_a_detector_that_is_none_is_said_before_an_index_is_made(index, tmp_path, detector, code):
    result = index('{"text": "Oslo"}', "--detector", detector)
    assert (result.code, detector.split(":")[1] in result.err) == (code, True)
    assert not (tmp_path / "index").exists()
