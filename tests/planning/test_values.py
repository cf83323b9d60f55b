from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.planning.values import MAX_STRING_BYTES, declared_type, field_type_of, stored

MOMENTS = st.datetimes(min_value=dt.datetime(1, 1, 3), max_value=dt.datetime(9999, 12, 29)).map(
    lambda moment: moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=moment.hour - 12)))
)


@pytest.mark.parametrize(
    ("value", "kept", "type_"),
    [
        (True, True, "bool"),
        (0, 0, "int"),
        (-(2**63), -(2**63), "int"),
        (2**63 - 1, 2**63 - 1, "int"),
        (1.5, 1.5, "float"),
        ("", "", "str"),
        ("naïve 🦕", "naïve 🦕", "str"),
        (dt.date(1971, 3, 9), "1971-03-09", "str"),
        (dt.date(5, 1, 1), "0005-01-01", "str"),
        (dt.datetime(1971, 3, 9, tzinfo=dt.UTC), "1971-03-09T00:00:00.000000Z", "str"),
        (dt.datetime(5, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC), "0005-01-02T03:04:05.000006Z", "str"),
    ],
)
def test_a_value_is_kept_in_one_of_four_types(value, kept, type_):
    assert stored(value) == kept
    assert type(stored(value)) is type(kept)
    assert field_type_of(stored(value)) == type_


def test_a_moment_is_kept_in_utc():
    paris = dt.timezone(dt.timedelta(hours=1))
    assert stored(dt.datetime(2026, 1, 1, 0, 30, tzinfo=paris)) == "2025-12-31T23:30:00.000000Z"


@given(MOMENTS, MOMENTS)
def test_moments_sort_as_strings_as_they_do_in_time(one, other):
    assert (stored(one) < stored(other)) == (one < other)
    assert (stored(one) == stored(other)) == (one == other)


@given(st.dates(), st.dates())
def test_dates_sort_as_strings_as_they_do_in_time(one, other):
    assert (stored(one) < stored(other)) == (one < other)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "NoneType is no type of a field"),
        (b"x", "bytes is no type of a field"),
        ([1], "list is no type of a field"),
        (1j, "complex is no type of a field"),
        (math.nan, "nan is no finite number"),
        (-math.inf, "-inf is no finite number"),
        (2**63, "the integer has 64 bits; at most 64 with the sign are kept"),
        (dt.datetime(2026, 1, 1), "the datetime has no time zone"),
        (dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=2))), "outside of the years 1 to 9999"),
        (dt.datetime(9999, 12, 31, 23, tzinfo=dt.timezone(dt.timedelta(hours=-2))), "outside of the years 1 to 9999"),
        ("a\ud800", "character 1 of the string is a lone surrogate"),
        ("é" * (MAX_STRING_BYTES // 2 + 1), "the string has 32,768 bytes in UTF-8; at most 32,766 are kept"),
    ],
)
def test_a_value_that_is_not_kept_is_refused_with_a_reason(value, words):
    with pytest.raises(ValueError, match=words):
        stored(value)


def test_the_longest_string_is_kept():
    assert stored("x" * MAX_STRING_BYTES) == "x" * MAX_STRING_BYTES


@pytest.mark.parametrize(
    ("declaration", "type_"),
    [
        (str, "str"),
        (int, "int"),
        (float, "float"),
        (bool, "bool"),
        (dt.date, "str"),
        (dt.datetime, "str"),
        *((name, name) for name in ("str", "int", "float", "bool")),
        ("date", "str"),
        ("datetime", "str"),
    ],
)
def test_declarations(declaration, type_):
    assert declared_type(declaration) == type_


@pytest.mark.parametrize("declaration", [bytes, "text", list, 1, None, [str]])
def test_a_declaration_that_means_nothing(declaration):
    with pytest.raises(ValueError, match="is no type of a field"):
        declared_type(declaration)
