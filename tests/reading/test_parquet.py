from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hybrid.reading import Meter, ReadingOptions, read_documents
from hybrid.reading.parquet import BATCH_ROWS

DAY = dt.date(1999, 12, 31)
TIME = dt.datetime(1999, 12, 31, 23, 59, 59, 123456, tzinfo=dt.UTC)


@pytest.fixture
def rows(tmp_path: Path, read: Callable[..., Any]) -> Callable[..., Any]:
    def write_and_read(columns: dict[str, Any], options: ReadingOptions | None = None) -> Any:
        path = tmp_path / "a.parquet"
        pq.write_table(pa.table(columns), path)
        return read(path, options)

    return write_and_read


def test_columns_keep_their_types(rows):
    found = rows(
        {
            "id": pa.array([7], pa.int64()),
            "text": ["Oslo"],
            "s": pa.array(["a"], pa.large_string()),
            "category": pa.array(["b"]).dictionary_encode(),
            "i": pa.array([1], pa.int8()),
            "x": pa.array([0.5], pa.float32()),
            "b": [True],
            "day": pa.array([DAY], pa.date32()),
            "tags": pa.array([["a", "b"]]),
        },
    )
    assert found.documents == [
        (
            1,
            {
                "id": "7",
                "text": "Oslo",
                "title": None,
                "fields": {"s": "a", "category": "b", "i": 1, "x": 0.5, "b": True, "day": DAY, "tags": ["a", "b"]},
            },
        )
    ]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "+05:30"])
def test_times_with_a_zone_are_times_in_utc(rows, unit, zone):
    time = TIME.replace(microsecond=0)
    found = rows({"text": ["x"], "at": pa.array([time], pa.timestamp(unit, zone))})
    assert found.fields == [{"at": time}]


def test_nanoseconds_are_cut_to_microseconds(rows):
    at = pa.array([int(TIME.timestamp()) * 10**9 + 123_456_789]).cast(pa.timestamp("ns", "UTC"))
    assert rows({"text": ["x"], "at": at}).fields == [{"at": TIME}]


def test_times_in_lists_are_kept(rows):
    at = pa.array([[TIME]], pa.list_(pa.timestamp("ns", "UTC")))
    assert rows({"text": ["x"], "at": at}).fields == [{"at": [TIME]}]


def test_absent_values_are_absent(rows):
    found = rows({"text": ["x", "y"], "year": [1, None], "nothing": pa.nulls(2)})
    assert found.fields == [{"year": 1, "nothing": None}, {"year": None, "nothing": None}]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (pa.array([Decimal("1.5")]), "is decimal128(2, 1)"),
        (pa.array([b"x"]), "is binary"),
        (pa.array([{"a": 1}]), "is struct<a: int64>"),
        (pa.array([dt.time(1)]), "is time64[us]"),
        (pa.array([[[1]]]), "is list<element: list<element: int64>>"),
        (pa.array([TIME.replace(tzinfo=None)]), "holds times without a time zone"),
        (pa.array([[TIME.replace(tzinfo=None)]]), "holds times without a time zone"),
    ],
)
def test_a_column_of_a_type_no_field_can_hold_is_refused_once(rows, column, reason):
    found = rows({"text": ["x"], "odd": column})
    assert found.documents == []
    assert found.refused[0][0] is None
    assert f"the column 'odd' {reason}" in found.reason


def test_fields_and_mentions_may_be_nested(rows):
    found = rows({"text": ["Oslo"], "fields": [{"year": 1}], "mentions": [[{"start": 0, "end": 4}]]})
    assert found.fields == [{"year": 1}]
    assert found.documents[0][1]["mentions"] == [{"start": 0, "end": 4}]


def test_a_file_without_the_column_of_the_text_is_refused(rows):
    found = rows({"body": ["x"], "id": [1]})
    assert found.refused == [(None, "the columns are 'body', 'id'; expected a column 'text'")]
    assert rows({"body": ["x"]}, ReadingOptions(text_field="body")).texts == ["x"]


def test_a_row_without_text_is_refused_and_the_rest_goes_on(rows):
    found = rows({"text": ["x", None, "y"], "year": [1, 2, 3]})
    assert found.texts == ["x", "y"]
    assert found.refused == [(2, "there is no text: 'text' is null")]


@pytest.mark.parametrize("content", [b"", b"PAR1 and nothing more", b"id,text\n1,x\n"])
def test_what_is_no_parquet_is_refused(tmp_path, read, content):
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    assert read(path).reason.startswith("no Parquet that can be read")


def test_a_damaged_file_gives_what_stands_before_the_damage(tmp_path, read):
    path = tmp_path / "a.parquet"
    texts = [f"text number {number}" for number in range(4 * BATCH_ROWS)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=BATCH_ROWS, compression="none", use_dictionary=False)
    data = bytearray(path.read_bytes())
    place = data.index(b"text number 600")
    data[place - 200 : place + 200] = b"\xff" * 400
    path.write_bytes(bytes(data))
    found = read(path)
    assert found.texts[: 2 * BATCH_ROWS] == texts[: 2 * BATCH_ROWS]


def test_the_meter_ends_at_the_size_of_the_file(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["x"] * (BATCH_ROWS + 1)}), path)
    meter = Meter()
    assert len(list(read_documents(str(path), meter=meter))) == BATCH_ROWS + 1
    assert meter.done == path.stat().st_size
