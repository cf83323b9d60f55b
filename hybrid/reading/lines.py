"""Lines of a stream of bytes: none is longer than a limit, each is UTF-8 or named as not."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from hybrid.reading.records import Located, located

MAX_LINE = 16 * 2**20
_SKIP = 2**20


def numbered_lines(file: str, stream: BinaryIO) -> Iterator[tuple[int, bytes] | Located]:
    """Each line with its number and without a byte order mark, or the refusal of one that is too long.

    A line ends at LF alone; it is handed on with its end.
    """
    line = 0
    while raw := stream.readline(MAX_LINE + 1):
        line += 1
        if line == 1:
            if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                yield located(file, None, "the file is UTF-16; expected UTF-8")
                return
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if len(raw) > MAX_LINE:
            _skip_line(stream, raw)
            yield located(file, line, f"the line has more than {MAX_LINE:,} bytes; expected one document a line")
        else:
            yield line, raw


def not_utf8(error: UnicodeDecodeError) -> str:
    """The sentence for a line that cannot be decoded."""
    return f"byte {error.start} of the line is not UTF-8"


def _skip_line(stream: BinaryIO, raw: bytes) -> None:
    while raw and not raw.endswith(b"\n"):
        raw = stream.readline(_SKIP)
