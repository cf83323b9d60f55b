"""Parquet: one document a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from hybrid.errors import MissingExtra, shorten
from hybrid.reading.records import Located, ReadingOptions, document_of, located

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 256


def check_parquet() -> None:
    """Refuse where pyarrow is not installed.

    Raises:
        MissingExtra: names the extra.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise MissingExtra("reading Parquet", "parquet") from None


def read_parquet(
    file: str, options: ReadingOptions, on_rows: Callable[[float], None] = lambda share: None
) -> Iterator[Located]:
    """One document a row; `on_rows` is told the share of the rows that were read, 0..1.

    A column of a type that no field can hold, or a file that is no Parquet, is refused as a whole.
    """
    check_parquet()
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = 0
    try:
        with pq.ParquetFile(file) as parquet:
            schema, total = parquet.schema_arrow, parquet.metadata.num_rows
            reason = _wrong_schema(schema, options)
            if reason:
                yield located(file, None, reason)
                return
            for batch in parquet.iter_batches(batch_size=BATCH_ROWS):
                for values in _utc(batch).to_pylist():
                    row += 1
                    yield _document(file, row, values, options)
                on_rows(row / total)
    except (pa.ArrowException, OSError, ValueError) as error:
        place = f" after row {row}" if row else ""
        yield located(file, None, f"no Parquet that can be read{place} ({type(error).__name__})")


def _document(file: str, row: int, values: dict[str, Any], options: ReadingOptions) -> Located:
    try:
        return Located(file, row, document_of(values, options))
    except ValueError as error:
        return located(file, row, str(error))


def _wrong_schema(schema: pa.Schema, options: ReadingOptions) -> str | None:
    for name in [options.text_field] + ([options.id_field] if options.id_field else []):
        if name not in schema.names:
            names = ", ".join(shorten(known, 40) for known in schema.names[:12])
            return f"the columns are {names}; expected a column {shorten(name)}"
    for column in schema:
        if schema.names.count(column.name) > 1:
            return f"the column {shorten(column.name)} is there twice"
        if column.name in ("fields", "mentions") or _fits(column.type):
            continue
        if _naive(column.type):
            return f"the column {shorten(column.name)} holds times without a time zone; expected times with one"
        return (
            f"the column {shorten(column.name)} is {column.type}; expected string, bool, integer, float, date, "
            "timestamp with a time zone, or a list of one of these"
        )
    return None


def _fits(type: pa.DataType) -> bool:
    import pyarrow.types as t

    inner = _inner(type)
    scalars = (t.is_string, t.is_large_string, t.is_string_view, t.is_boolean, t.is_integer, t.is_floating, t.is_date)
    return (
        any(is_type(inner) for is_type in scalars) or t.is_null(inner) or (t.is_timestamp(inner) and not _naive(inner))
    )


def _inner(type: pa.DataType) -> pa.DataType:
    """What a column's values, or the values in its lists, are."""
    import pyarrow.types as t

    for is_wrapped in (t.is_list, t.is_large_list, t.is_fixed_size_list, t.is_dictionary):
        if is_wrapped(type):
            type = type.value_type
    return type


def _naive(type: pa.DataType) -> bool:
    import pyarrow.types as t

    inner = _inner(type)
    return bool(t.is_timestamp(inner)) and inner.tz is None


def _utc(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Times in UTC and microseconds, which is what is kept; other zones need a data base that may be missing."""
    import pyarrow as pa

    for place, column in enumerate(batch.schema):
        if pa.types.is_timestamp(_inner(column.type)):
            kept = pa.timestamp("us", "UTC")
            target = kept if pa.types.is_timestamp(column.type) else pa.list_(kept)
            batch = batch.set_column(place, column.name, batch.column(place).cast(target, safe=False))
    return batch
