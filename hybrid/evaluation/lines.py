"""Lines of a corpus' file with their numbers; what is packed by gzip or bzip2 is unpacked on the way."""

from __future__ import annotations

import bz2
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from hybrid.errors import InvalidFile
from hybrid.reading.jsonl import parse_object
from hybrid.reading.lines import not_utf8, numbered_lines
from hybrid.reading.records import Located


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Each line with its number, from 1, and without its end (LF or CRLF) or a byte order mark.

    Raises:
        InvalidFile: the file cannot be read to its end, or a line is not UTF-8 or has more than 16 MB.
    """
    try:
        with _opened(path) as stream:
            for entry in numbered_lines(path.name, stream):
                if isinstance(entry, Located):
                    raise cast(InvalidFile, entry.item)
                number, raw = entry
                yield number, _decoded(raw, path, number).rstrip("\r\n")
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "what is packed is damaged"
        raise InvalidFile(f"cannot be read ({reason}); expected a labelled corpus", file=str(path)) from error


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each object of a file of JSON lines with the number of its line; blank lines are passed over.

    Raises:
        InvalidFile: as `text_lines`, or a line is no JSON object.
    """
    for number, line in text_lines(path):
        if line.strip():
            try:
                shape = parse_object(line)
                # Half of a surrogate pair can be escaped in JSON, and be written nowhere.
                if "\\u" in line:
                    json.dumps(shape, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                raise InvalidFile("has half of a surrogate pair", file=path.name, line=number) from None
            except ValueError as error:
                raise InvalidFile(str(error), file=path.name, line=number) from None
            yield number, shape


def _opened(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.open(path))
    return cast(BinaryIO, bz2.open(path)) if path.suffix == ".bz2" else path.open("rb")


def _decoded(raw: bytes, path: Path, number: int) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidFile(not_utf8(error), file=path.name, line=number) from None
