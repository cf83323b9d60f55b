"""A path or standard input to a stream of documents; the format is the suffix's unless it is named."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias, cast, get_args

from hybrid.errors import InvalidFile
from hybrid.reading.delimited import read_delimited
from hybrid.reading.jsonl import read_jsonl
from hybrid.reading.parquet import check_parquet, read_parquet
from hybrid.reading.plain import read_plain
from hybrid.reading.records import Located, ReadingOptions, located

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Format: TypeAlias = Literal["jsonl", "csv", "tsv", "parquet", "text"]

STDIN = "-"
# Small, so that the meter is not far ahead of the documents.
READ_AHEAD = 2**14
SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".txt": "text",
}


@dataclass(slots=True)
class Meter:
    """How many bytes of the files, as they lie on disk, have been read."""

    done: int = 0


def format_of(path: str, format: Format | None = None) -> Format:
    """The format that was named, else the one of the suffix (before `.gz`); standard input is JSONL.

    Raises:
        InvalidFile: a suffix that says nothing.
    """
    if format is not None:
        return format
    if path == STDIN:
        return "jsonl"
    plain = Path(path.removesuffix(".gz"))
    known = SUFFIXES.get(plain.suffix.lower())
    if known is None:
        suffixes, formats = ", ".join(SUFFIXES), ", ".join(get_args(Format))
        raise InvalidFile(f"the suffix says no format; expected {suffixes}, or a format: {formats}", file=path)
    return known


def check_source(path: str, format: Format | None = None) -> int | None:
    """Whether there is something to read; gives its size in bytes, None where that cannot be known.

    Raises:
        InvalidFile: nothing is there, it is a folder, it may not be read, its format is unknown or cannot be streamed.
        MissingExtra: Parquet without pyarrow.
    """
    kind = format_of(path, format)
    if kind == "parquet":
        if path == STDIN or path.endswith(".gz"):
            raise InvalidFile("Parquet is read from a file that is not packed", file=path)
        check_parquet()
    if path == STDIN:
        return None
    try:
        if Path(path).is_fifo():
            # Opened here and closed again, its writer would find nobody reading.
            return None
        with Path(path).open("rb"):
            return Path(path).stat().st_size if Path(path).is_file() else None
    except FileNotFoundError:
        raise InvalidFile("there is no such file", file=path) from None
    except IsADirectoryError:
        raise InvalidFile("this is a folder; expected a file", file=path) from None
    except OSError as error:
        raise InvalidFile(f"the file cannot be opened ({error.strerror})", file=path) from None


def read_documents(
    path: str, options: ReadingOptions | None = None, *, format: Format | None = None, meter: Meter | None = None
) -> Iterator[Located]:
    """Read a file, or standard input for `-`, one document at a time.

    What cannot be read is handed on as an `InvalidFile` in its place and never raised: a line as a line, and a file
    that ends too early or is none of its format as one refusal without a line. Memory holds one line (at most 16 MB)
    or one small batch of rows.

    Raises:
        InvalidFile: before the first document, as `check_source`.
        MissingExtra: Parquet without pyarrow.
    """
    size = check_source(path, format)
    options, meter = options or ReadingOptions(), meter or Meter()
    kind = format_of(path, format)
    if kind == "parquet":
        before, whole = meter.done, size or 0

        def on_rows(share: float) -> None:
            meter.done = before + round(share * whole)

        return read_parquet(path, options, on_rows)
    return _read_stream(path, options, kind, meter)


def _read_stream(path: str, options: ReadingOptions, kind: Format, meter: Meter) -> Iterator[Located]:
    file = "standard input" if path == STDIN else path
    try:
        with _opened(path, meter) as stream:
            if kind == "jsonl":
                yield from read_jsonl(file, stream, options)
            elif kind == "text":
                yield from read_plain(file, stream)
            else:
                yield from read_delimited(file, stream, options, "\t" if kind == "tsv" else ",")
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "what is packed is damaged"
        yield located(file, None, f"the file cannot be read to its end ({reason})")


@contextmanager
def _opened(path: str, meter: Meter) -> Iterator[BinaryIO]:
    if path == STDIN:
        yield sys.stdin.buffer
        return
    with io.BufferedReader(_Metered(path, meter), READ_AHEAD) as raw:
        if path.endswith(".gz"):
            with gzip.open(raw) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield cast(BinaryIO, raw)


class _Metered(io.FileIO):
    """A file that counts what is read of it."""

    def __init__(self, path: str, meter: Meter) -> None:
        super().__init__(path)
        self._meter = meter

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        count = super().readinto(buffer)
        self._meter.done += count or 0
        return count
