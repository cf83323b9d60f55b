"""Labelled corpora in columns, one token a line and a blank line between sentences, as in CoNLL's shared tasks.

The text of a sentence is its tokens joined by one space, so that every mention is a span of code points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from hybrid.errors import InvalidFile
from hybrid.evaluation.lines import text_lines
from hybrid.evaluation.sentences import LabelledSpan, Sentence, merge_duplicates
from hybrid.evaluation.tags import EXPECTED, Scheme, is_tag, spans_of

__all__ = [
    "Columns",
    "LabelledSpan",
    "Scheme",
    "Sentence",
    "Separator",
    "merge_duplicates",
    "read_conll",
    "spans_of",
]

Separator: TypeAlias = Literal["tab", "space"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where token and tag stand in a line: Python's indexes, so 0 is the first column and -1 the last.

    `separator` is one tab, or any run of spaces and tabs. A line that starts with `comment` is passed over; where tabs
    separate, a line that has one is a token, never a comment. None: there are no comments.
    """

    token: int = 0
    tag: int = -1
    separator: Separator = "tab"
    comment: str | None = "#"


TAB_SEPARATED = Columns()
# Not every white space of Unicode: a token may hold a no-break space.
_SPACES = re.compile(r"[ \t]+")


def read_conll(path: Path, scheme: Scheme, columns: Columns = TAB_SEPARATED) -> Iterator[Sentence]:
    """The sentences of a file in its order; `.gz` and `.bz2` are unpacked.

    Raises:
        InvalidFile: the file cannot be read, is not UTF-8, a line lacks a column, or a tag is none of the scheme.
    """
    tokens: list[str] = []
    tags: list[str] = []
    for number, line in text_lines(path):
        if not line.strip():
            if tokens:
                yield _sentence(tokens, tags, scheme)
                tokens, tags = [], []
        elif not _is_comment(line, columns):
            token, tag = _fields(line, columns, path, number)
            if not is_tag(tag, scheme):
                raise InvalidFile(f"has a tag that is not {EXPECTED[scheme]}", file=path.name, line=number)
            tokens.append(token)
            tags.append(tag)
    if tokens:
        yield _sentence(tokens, tags, scheme)


def _sentence(tokens: Sequence[str], tags: Sequence[str], scheme: Scheme) -> Sentence:
    return Sentence(" ".join(tokens), spans_of(tokens, tags, scheme))


def _is_comment(line: str, columns: Columns) -> bool:
    if columns.comment is None or not line.startswith(columns.comment):
        return False
    return columns.separator == "space" or "\t" not in line


def _fields(line: str, columns: Columns, path: Path, number: int) -> tuple[str, str]:
    fields = line.split("\t") if columns.separator == "tab" else _SPACES.split(line.strip(" \t"))
    wanted = max(column + 1 if column >= 0 else -column for column in (columns.token, columns.tag))
    if len(fields) < max(wanted, 2) or not fields[columns.token] or not fields[columns.tag]:
        between = "<TAB>" if columns.separator == "tab" else " "
        raise InvalidFile(f"has no tag; expected token{between}tag", file=path.name, line=number)
    return fields[columns.token], fields[columns.tag]
