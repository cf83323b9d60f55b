"""From files to what `Retriever.index` takes: JSONL, CSV, Parquet and plain text, read as a stream."""

from hybrid.reading.files import Format, Meter, check_source, format_of, read_documents
from hybrid.reading.records import Located, ReadingOptions
from hybrid.reading.values import Declaration, read_value

__all__ = [
    "Declaration",
    "Format",
    "Located",
    "Meter",
    "ReadingOptions",
    "check_source",
    "format_of",
    "read_documents",
    "read_value",
]
