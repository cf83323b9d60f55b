"""CSV and TSV by RFC 4180: the first row names the columns, quoted cells may hold line ends."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from hybrid.errors import InvalidFile, shorten
from hybrid.reading.jsonl import parse_json
from hybrid.reading.lines import MAX_LINE, numbered_lines
from hybrid.reading.records import Located, ReadingOptions, document_of, located

_JSON_COLUMNS = ("fields", "mentions")


def read_delimited(file: str, stream: BinaryIO, options: ReadingOptions, delimiter: str) -> Iterator[Located]:
    """One document a row; an empty cell is an absent value, `fields` and `mentions` hold JSON.

    A row that cannot be read is refused and the rest goes on; a header that cannot be used ends the file.
    """
    rows = _rows(file, stream, delimiter)
    header: list[str] = []
    for line, row in rows:
        if isinstance(row, InvalidFile):
            yield Located(file, line, row)
        elif not header:
            header, reason = row, _wrong_header(row, options)
            if reason:
                yield located(file, line, reason)
                return
        else:
            try:
                yield Located(file, line, document_of(_values(header, row, options), options))
            except ValueError as error:
                yield located(file, line, str(error))


def _rows(file: str, stream: BinaryIO, delimiter: str) -> Iterator[tuple[int | None, list[str] | InvalidFile]]:
    """Rows with the number of their first line; bytes that are not UTF-8 come as lone surrogates."""
    # The module's limit on a cell, 131,072 characters, is global; a text may have a million.
    csv.field_size_limit(max(MAX_LINE, csv.field_size_limit()))
    lines = _Lines(file, stream)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = _csv_reason(str(error), lines.first, lines.last)
            yield lines.first, InvalidFile(reason, file=file, line=lines.first)
        except InvalidFile as error:
            yield error.line, error
            if error.line is None:
                return
            # What the reader holds of a quoted cell belongs to the row that was refused.
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        else:
            if row:
                yield lines.first, row


class _Lines:
    """The lines of a stream as text; `first` and `last` are the numbers of those handed out since `begin`."""

    def __init__(self, file: str, stream: BinaryIO) -> None:
        self._entries = numbered_lines(file, stream)
        self.first = self.last = 0

    def begin(self) -> None:
        self.first = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        entry = next(self._entries)
        if isinstance(entry, Located):
            assert isinstance(entry.item, InvalidFile)
            raise entry.item
        self.last, raw = entry
        self.first = self.first or self.last
        return raw.decode(errors="surrogateescape")


def _csv_reason(reason: str, first: int, last: int) -> str:
    if reason == "unexpected end of data":
        return "the file ends within the quotes of this row"
    if reason.startswith("field larger"):
        return f"a cell has more than {MAX_LINE:,} characters; is a quote left open? lines {first} to {last} are lost"
    return f"no CSV: {reason}"


def _wrong_header(header: Sequence[str], options: ReadingOptions) -> str | None:
    wanted = [options.text_field] + ([options.id_field] if options.id_field else [])
    names = ", ".join(shorten(name, 40) for name in header[:12]) + (", …" if len(header) > 12 else "")
    if any(_escaped(name) for name in header):
        return "the header is not UTF-8"
    for name in wanted:
        if name not in header:
            return f"the header names {names}; expected a column {shorten(name)}"
    for place, name in enumerate(header):
        if not name:
            return f"column {place + 1} of the header has no name; expected one for every column"
        if name in header[:place]:
            return f"the header names the column {shorten(name)} twice"
    return None


def _values(header: Sequence[str], row: Sequence[str], options: ReadingOptions) -> Mapping[str, Any]:
    if len(row) != len(header):
        cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
        raise ValueError(f"the row has {cells}; expected {len(header)}, as the header")
    for name, cell in zip(header, row, strict=True):
        if _escaped(cell):
            raise ValueError(f"the cell under {shorten(name)} is not UTF-8")
    # An empty cell is absent, but an empty id or text is refused and not passed over.
    kept = (options.text_field, options.id_field or "id")
    values: dict[str, Any] = {name: cell for name, cell in zip(header, row, strict=True) if cell or name in kept}
    for name in _JSON_COLUMNS:
        if name in values:
            values[name] = parse_json(values[name])
    return values


def _escaped(text: str) -> bool:
    return not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text)
