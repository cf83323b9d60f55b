"""Sentences of labelled corpora as words: between white space, as their tokens were joined."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A word and the code points that it takes, half-open."""

    text: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of a text, in order."""
    return [Word(found[0], found.start(), found.end()) for found in re.finditer(r"\S+", text)]
