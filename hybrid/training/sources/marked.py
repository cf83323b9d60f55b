"""Texts with typed mentions marked in place, a line each: `The [Bugatti Chiron|sports car; car] was late.`"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from hybrid.errors import InvalidFile
from hybrid.evaluation.lines import text_lines
from hybrid.evaluation.sentences import LabelledSpan, Sentence

MENTION = re.compile(r"\[([^\[\]|]+)\|([^\[\]|]+)\]")


def read_marked(path: Path) -> Iterator[Sentence]:
    """The texts of a file in its order, with a span for every mention and each of its types; empty lines are none.

    Raises:
        InvalidFile: the file cannot be read or is not UTF-8, or a line has a bracket or bar that is no mention's, white
            space at a mention's edge, or a type without a word.
    """
    for number, line in text_lines(path):
        if line.strip():
            try:
                yield parse_marked(line.strip())
            except ValueError as error:
                raise InvalidFile(str(error), file=path.name, line=number) from None


def parse_marked(line: str) -> Sentence:
    """One line's text and spans. Raises ValueError with a sentence for the user."""
    parts: list[str] = []
    spans: list[LabelledSpan] = []
    done = length = 0
    for found in MENTION.finditer(line):
        before, (surface, types) = line[done : found.start()], found.groups()
        if surface != surface.strip():
            raise ValueError(f"has white space at the edge of the mention {surface!r}")
        labels = [label.strip() for label in types.split(";")]
        if not all(labels):
            raise ValueError(f"has a mention {surface!r} with a type without a word")
        start = length + len(before)
        spans += [LabelledSpan(start, start + len(surface), label) for label in labels]
        parts += [before, surface]
        done, length = found.end(), start + len(surface)
    text = "".join([*parts, line[done:]])
    if stray := re.search(r"[\[\]|]", text):
        raise ValueError(f"has a {stray[0]!r} that is no part of a mention; expected [words|type; type]")
    return Sentence(text, tuple(sorted(set(spans))))
