"""What every reader hands over: texts with their labelled spans, and what a corpus says of them besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybrid.errors import InvalidFile, shorten
from hybrid.evaluation.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Record:
    """One text of a corpus; `id` is None where the corpus has none, `answers` are the labels that a judge gave it."""

    sentence: Sentence
    id: str | None = None
    answers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Source:
    """A corpus as it was read.

    `words` are the types with their words where the corpus itself asks in words, None where there are labels alone.
    `judged` says that `Record.answers` and not mentions tell which texts answer a label. `notes` are sentences for the
    reader on what could not be taken over.
    """

    records: tuple[Record, ...]
    words: dict[str, str] | None = None
    judged: bool = False
    notes: tuple[str, ...] = ()


def distinct(
    entries: Iterable[tuple[int, dict[str, Any]]], key: str, path: Path
) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Objects with the numbers of their lines and the id under `key`; an integer id becomes its decimal string.

    Raises:
        InvalidFile: an id is missing, empty, no text or stands twice.
    """
    seen: dict[str, int] = {}
    for number, shape in entries:
        value = shape.get(key)
        id = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(id, str) or not id:
            raise InvalidFile(f"has no id; expected a text under {shorten(key)}", file=path.name, line=number)
        if id in seen:
            reason = f"has the id {shorten(id)}, as line {seen[id]}; expected one text an id"
            raise InvalidFile(reason, file=path.name, line=number)
        seen[id] = number
        yield number, id, shape
