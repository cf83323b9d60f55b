from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.reading import ReadingOptions
from hybrid.reading.jsonl import parse_json, parse_object
from hybrid.reading.lines import MAX_LINE


def test_every_key_besides_the_documents_own_becomes_a_field(reading):
    found = reading("a.jsonl", '{"id": "1", "text": "Oslo", "title": "Norway", "year": 1971, "tags": ["a", "b"]}\n')
    assert found.documents == [
        (1, {"id": "1", "text": "Oslo", "title": "Norway", "fields": {"year": 1971, "tags": ["a", "b"]}})
    ]


def test_fields_merges_with_the_other_keys(reading):
    assert reading("a.jsonl", '{"text": "x", "year": 1, "fields": {"lang": "en"}}').fields == [
        {"year": 1, "lang": "en"}
    ]


def test_a_field_both_inside_and_beside_fields_is_refused(reading):
    found = reading("a.jsonl", '{"text": "x", "year": 1, "fields": {"year": 2}}')
    assert found.refused == [(1, "the field 'year' stands both inside and beside 'fields'")]


def test_fields_that_is_no_object_is_refused(reading):
    assert reading("a.jsonl", '{"text": "x", "fields": [1]}').reason == "'fields' is a list; expected an object"


def test_mentions_are_handed_on_as_they_are(reading):
    found = reading("a.jsonl", '{"text": "Oslo", "mentions": [{"start": 0, "end": 4}]}\n{"text": "x", "mentions": []}')
    assert [document["mentions"] for _, document in found.documents] == [[{"start": 0, "end": 4}], []]


@pytest.mark.parametrize(
    ("id", "read"),
    [("7", "7"), ("-7", "-7"), ("123456789012345678901234567890", "123456789012345678901234567890"), ('"007"', "007")],
)
def test_an_integer_id_becomes_its_decimal_string(reading, id, read):
    assert reading("a.jsonl", f'{{"id": {id}, "text": "x"}}').documents[0][1]["id"] == read


@pytest.mark.parametrize("id", [1.5, True, ["1"]])
def test_another_id_is_left_to_the_check_of_documents(reading, id):
    assert reading("a.jsonl", json.dumps({"id": id, "text": "x"})).documents[0][1]["id"] == id


def test_keys_named_by_options_take_the_place_of_the_usual_ones(reading):
    options = ReadingOptions(text_field="body", id_field="key", title_field="headline")
    found = reading("a.jsonl", '{"key": 1, "body": "x", "headline": "h", "text": "kept", "id": "kept"}', options)
    assert found.documents[0][1] == {
        "id": "1",
        "text": "x",
        "title": "h",
        "fields": {"text": "kept", "id": "kept"},
    }


def test_an_id_that_was_named_must_be_there(reading):
    found = reading("a.jsonl", '{"id": "1", "text": "x"}', ReadingOptions(id_field="key"))
    assert found.reason == "there is no id: 'key' is missing among 'id', 'text'"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "one JSON value over several lines was found; expected one object a line"),
        ("[", "one JSON value over several lines was found; expected one object a line"),
        ('{"text": }', "no JSON: expecting value at column 10"),
        ('{"text": "x"} {"text": "y"}', "no JSON: extra data at column 15"),
        ("text", "no JSON: expecting value at column 1"),
        ('["a"]', 'a list was found; expected a JSON object such as {"text": "…"}'),
        ('"a"', 'a text was found; expected a JSON object such as {"text": "…"}'),
        ("null", 'null was found; expected a JSON object such as {"text": "…"}'),
        ("1", 'a number was found; expected a JSON object such as {"text": "…"}'),
        ("{}", "there is no text: 'text' is missing"),
        ('{"body": "x", "id": 1}', "there is no text: 'text' is missing among 'body'"),
        ('{"text": null}', "there is no text: 'text' is null"),
        ('{"text": "x", "year": NaN}', "NaN is no JSON; expected a finite number or null"),
        ('{"text": "x", "year": -Infinity}', "-Infinity is no JSON; expected a finite number or null"),
        ('{"text": "x", "text": "y"}', "the key 'text' stands twice in one object"),
        ('{"text": "x", "fields": {"a": 1, "b": 2, "a": 3}}', "the key 'a' stands twice in one object"),
        ('{"text": "x", "a": ' + "[" * 100_000, "the JSON is nested too deeply"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_says_why(reading, line, reason):
    assert reading("a.jsonl", line + "\n").refused == [(1, reason)]


def test_a_refused_line_does_not_stop_the_rest(reading):
    content = b'{"text": "one"}\nno\n\n{"text": "b\xffd"}\r\n  \n{"text": "two"}\r\n[]\n{"text": "three"}'
    found = reading("a.jsonl", content)
    assert found.texts == ["one", "two", "three"]
    assert [line for line, _ in found.documents] == [1, 6, 8]
    assert [line for line, _ in found.refused] == [2, 4, 7]
    assert found.refused[1] == (4, "byte 11 of the line is not UTF-8")


def test_an_integer_of_thousands_of_digits_is_refused(reading):
    found = reading("a.jsonl", '{"text": "x", "n": ' + "9" * 5_000 + '}\n{"text": "y"}')
    assert (found.texts, len(found.refused)) == (["y"], 1)


def test_a_lone_surrogate_is_left_to_the_check_of_documents(reading):
    assert reading("a.jsonl", '{"text": "a\\ud800"}').texts == ["a\ud800"]


def test_text_of_any_script_comes_through(reading):
    text = "🦕 דינוזאור 恐竜 نفط\u2028 next"
    for line in (json.dumps({"text": text}), json.dumps({"text": text}, ensure_ascii=False)):
        assert reading("a.jsonl", line).texts == [text]


def test_a_byte_order_mark_is_no_part_of_the_first_line(reading):
    assert reading("a.jsonl", b'\xef\xbb\xbf{"text": "x"}').texts == ["x"]


def test_utf_16_is_refused_once_for_the_whole_file(reading):
    assert reading("a.jsonl", '{"text": "x"}\n{"text": "y"}'.encode("utf-16")).refused == [
        (None, "the file is UTF-16; expected UTF-8")
    ]


def test_a_line_without_end_does_not_fill_memory(reading):
    huge = b'{"text": "' + b"a" * (2 * MAX_LINE) + b'"}\n'
    found = reading("a.jsonl", b'{"text": "x"}\n' + huge + b'{"text": "y"}\n')
    assert found.texts == ["x", "y"]
    assert found.refused == [(2, "the line has more than 16,777,216 bytes; expected one document a line")]


def test_a_line_of_exactly_the_limit_is_read(reading):
    line = b'{"text": "' + b"a" * (MAX_LINE - 12) + b'"}'
    assert len(line) == MAX_LINE
    assert len(reading("a.jsonl", line).texts[0]) == MAX_LINE - 12


def test_packed_lines_are_read_the_same(reading):
    assert reading("a.jsonl.gz", '{"text": "x"}\n{"text": "y"}').texts == ["x", "y"]


def test_an_empty_file_has_no_documents(reading):
    assert reading("a.jsonl", "") == reading("b.jsonl", "\n \n\n")


def test_a_declared_type_reads_texts_and_widens_integers(reading):
    options = ReadingOptions(types={"year": "int", "price": "float"})
    assert reading("a.jsonl", '{"text": "x", "year": "1971", "price": 2}', options).fields == [
        {"year": 1971, "price": 2.0}
    ]
    assert reading("b.jsonl", '{"text": "x", "year": "later"}', options).reason == (
        "field 'year': 'later' is no int; expected a whole number"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_what_json_writes_is_read_back(value):
    assert parse_json(json.dumps(value)) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_an_object_or_a_value_error(raw):
    with suppress(ValueError):
        assert isinstance(parse_object(raw), dict)


def test_a_number_of_thousands_of_digits_is_refused_in_our_words():
    with pytest.raises(ValueError, match="a number has 5,000 digits; at most 64 bits"):
        parse_json('{"text": "x", "n": ' + "9" * 5_000 + "}")
