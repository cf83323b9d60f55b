"""Plain text: one document a line, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from hybrid.reading.lines import not_utf8, numbered_lines
from hybrid.reading.records import Located, located


def read_plain(file: str, stream: BinaryIO) -> Iterator[Located]:
    """One text a line, without its end; blank lines are passed over, a line that is not UTF-8 is refused."""
    for entry in numbered_lines(file, stream):
        if isinstance(entry, Located):
            yield entry
            continue
        line, raw = entry
        try:
            text = raw.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            yield located(file, line, not_utf8(error))
            continue
        if text.strip():
            yield Located(file, line, {"text": text})
