from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.reading import read_value


@pytest.mark.parametrize(
    ("text", "declaration", "value"),
    [
        (" Oslo ", "str", " Oslo "),
        (" -7 ", "int", -7),
        ("+0012", "int", 12),
        (".5", "float", 0.5),
        ("1e3", "float", 1000.0),
        ("7", "float", 7.0),
        ("True", "bool", True),
        ("NO", "bool", False),
        ("0", "bool", False),
        ("1999-12-31", "date", dt.date(1999, 12, 31)),
        ("1999-12-31T23:59:59Z", "datetime", dt.datetime(1999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)),
    ],
)
def test_a_text_is_read_as_the_type(text, declaration, value):
    read = read_value(text, declaration)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "declaration", "sentence"),
    [
        ("1.5", "int", "'1.5' is no int; expected a whole number"),
        ("1_000", "int", "'1_000' is no int; expected a whole number"),
        ("١٢", "int", "'١٢' is no int; expected a whole number"),
        ("9" * 5000, "int", "is no int; expected a whole number"),
        ("nan", "float", "'nan' is no float; expected a finite number"),
        ("1e999", "float", "'1e999' is no float; expected a finite number"),
        ("1_0.5", "float", "'1_0.5' is no float; expected a finite number"),
        ("ja", "bool", "'ja' is no bool; expected true or false"),
        ("31.12.1999", "date", "'31.12.1999' is no date; expected a date such as 1999-12-31"),
        ("soon", "datetime", "'soon' is no datetime; expected a time such as 1999-12-31T23:59:59+01:00"),
    ],
)
def test_another_text_is_a_sentence(text, declaration, sentence):
    with pytest.raises(ValueError, match="is no") as caught:
        read_value(text, declaration)
    assert str(caught.value).endswith(sentence)


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.dates()))
def test_what_python_prints_is_read_back(value):
    assert read_value(str(value), type(value).__name__) == value
