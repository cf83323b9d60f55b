from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.errors import InvalidFile
from hybrid.reading import ReadingOptions
from hybrid.reading.delimited import read_delimited
from hybrid.reading.lines import MAX_LINE


def test_columns_besides_the_documents_own_become_fields_of_text(reading):
    found = reading("a.csv", "id,text,title,year,lang\n7,Oslo,Norway,1971,\n")
    assert found.documents == [(2, {"id": "7", "text": "Oslo", "title": "Norway", "fields": {"year": "1971"}})]


def test_declared_types_read_the_cells(reading):
    options = ReadingOptions(types={"n": "int", "x": "float", "b": "bool", "d": "date", "t": "datetime"})
    found = reading("a.csv", "text,n,x,b,d,t\na, 7 ,1e3,TRUE,1999-12-31,1999-12-31T23:00:00+01:00\n", options)
    day = dt.datetime(1999, 12, 31, 23, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert found.fields == [{"n": 7, "x": 1000.0, "b": True, "d": dt.date(1999, 12, 31), "t": day}]


def test_a_cell_that_is_not_of_the_declared_type_is_refused_with_its_line(reading):
    found = reading("a.csv", "text,year\na,1971\nb,soon\nc,\n", ReadingOptions(types={"year": "int"}))
    assert found.texts == ["a", "c"]
    assert found.refused == [(3, "field 'year': 'soon' is no int; expected a whole number")]


def test_quoted_cells_hold_commas_quotes_and_line_ends(reading):
    found = reading("a.csv", 'text,year\r\n"one, ""two""\r\nthree",1\r\nfour,2\r\n')
    assert found.texts == ['one, "two"\r\nthree', "four"]
    assert [line for line, _ in found.documents] == [2, 4]


def test_a_byte_order_mark_is_no_part_of_the_header(reading):
    assert reading("a.csv", b"\xef\xbb\xbftext\nOslo\n").texts == ["Oslo"]


def test_tabs_separate_a_tsv(reading):
    assert reading("a.tsv", "text\tyear\na, b\t1\n").documents[0][1]["text"] == "a, b"


def test_fields_and_mentions_hold_json(reading):
    found = reading("a.csv", 'text,fields,mentions\nOslo,"{""year"": 1}","[{""start"": 0, ""end"": 4}]"\n')
    assert found.fields == [{"year": 1}]
    assert found.documents[0][1]["mentions"] == [{"start": 0, "end": 4}]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("body,year", "the header names 'body', 'year'; expected a column 'text'"),
        ("id;text", "the header names 'id;text'; expected a column 'text'"),
        ("text,year,year", "the header names the column 'year' twice"),
        (",text", "column 1 of the header has no name; expected one for every column"),
    ],
)
def test_a_header_that_cannot_be_used_ends_the_file(reading, header, reason):
    found = reading("a.csv", f"{header}\n1,2\n3,4\n")
    assert (found.documents, found.refused) == ([], [(1, reason)])


def test_the_column_of_the_id_must_be_there_when_it_was_named(reading):
    found = reading("a.csv", "id,text\n1,a\n", ReadingOptions(id_field="key"))
    assert found.reason == "the header names 'id', 'text'; expected a column 'key'"


def test_rows_of_another_width_are_refused_and_the_rest_goes_on(reading):
    found = reading("a.csv", "text,year\na,1\nb\nc,2,3\n\nd,4\n")
    assert found.texts == ["a", "d"]
    assert found.refused == [
        (3, "the row has 1 cell; expected 2, as the header"),
        (4, "the row has 3 cells; expected 2, as the header"),
    ]


def test_a_row_that_is_not_utf_8_is_refused_and_the_rest_goes_on(reading):
    found = reading("a.csv", b"text,year\na,1\nb\xffd,2\nc,3\n")
    assert found.texts == ["a", "c"]
    assert found.refused == [(3, "the cell under 'text' is not UTF-8")]


def test_a_header_that_is_not_utf_8_is_refused(reading):
    assert reading("a.csv", b"text,jahr\xff\na,1\n").reason == "the header is not UTF-8"


def test_an_empty_text_or_id_is_no_absent_one(reading):
    found = reading("a.csv", "id,text,year\n,,1\n")
    assert found.documents == [(2, {"id": "", "text": "", "title": None, "fields": {"year": "1"}})]


def test_what_is_no_csv_is_refused_and_the_rest_goes_on(reading):
    found = reading("a.csv", 'text,year\n"a"b,1\nc,2\n')
    assert found.texts == ["c"]
    assert found.refused == [(2, "no CSV: ',' expected after '\"'")]


def test_a_quote_that_is_never_closed_is_named_by_the_line_that_opens_it(reading):
    found = reading("a.csv", 'text,year\na,1\n"b,2\nc,3\n')
    assert found.texts == ["a"]
    assert found.refused == [(3, "the file ends within the quotes of this row")]


def test_an_open_quote_does_not_fill_memory(reading):
    rows = b"c,3\n" * (MAX_LINE // 4 + 10)
    found = reading("a.csv", b'text,year\n"b,2\n' + rows)
    assert found.refused[0][0] == 2
    assert found.refused[0][1].startswith(
        "a cell has more than 16,777,216 characters; is a quote left open? lines 2 to"
    )


def test_a_line_over_the_limit_is_refused_and_the_rest_goes_on(reading):
    found = reading("a.csv", b"text,year\na,1\n" + b"x" * (MAX_LINE + 9) + b",2\nc,3\n")
    assert found.texts == ["a", "c"]
    assert [line for line, _ in found.refused] == [3]


def test_a_text_of_a_megabyte_is_read(reading):
    text = "a" * 1_000_000
    assert reading("a.csv", f"text\n{text}\n").texts == [text]


def test_a_header_alone_and_an_empty_file_have_no_documents(reading):
    assert reading("a.csv", "text,year\n") == reading("b.csv", "")


CELL = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r"), max_size=20)


@given(st.lists(st.tuples(CELL.filter(str.strip), CELL), max_size=8))
def test_what_a_csv_writer_writes_is_read_back(rows):
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("text", "note"), *rows])
    read = list(read_delimited("a.csv", io.BytesIO(out.getvalue().encode()), ReadingOptions(), ","))
    assert not [entry for entry in read if isinstance(entry.item, InvalidFile)]
    assert [(entry.item["text"], entry.item["fields"].get("note", "")) for entry in read] == rows
