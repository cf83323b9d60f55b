"""Texts with the spans that annotators labelled, and what makes several of them one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

from hybrid.errors import shorten

TokenSpan: TypeAlias = tuple[int, int, str]


@dataclass(frozen=True, slots=True, order=True)
class LabelledSpan:
    """A half-open span of code points and the label that an annotator gave it."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text and its labelled spans in reading order."""

    text: str
    spans: tuple[LabelledSpan, ...]

    @property
    def labels(self) -> frozenset[str]:
        """Every label that the sentence has a mention of."""
        return frozenset(span.label for span in self.spans)


def sentence_of(tokens: Sequence[str], spans: Iterable[TokenSpan]) -> Sentence:
    """Tokens joined by one space; half-open spans of tokens, within them, become spans of code points, each once.

    Raises:
        ValueError: a span has no character that shows; the message is a sentence for the user.
    """
    text = " ".join(tokens)
    starts = [0, *accumulate(len(token) + 1 for token in tokens)]
    found = {LabelledSpan(starts[first], starts[end] - 1, label) for first, end, label in spans}
    for span in found:
        if not text[span.start : span.end].strip():
            raise ValueError(f"has a span of {shorten(span.label)} without a character that shows")
    return Sentence(text, tuple(sorted(found)))


def merge_duplicates(sentences: Iterable[Sentence]) -> list[tuple[int, Sentence]]:
    """Each text once, in the order of first occurrence, with its index there and the spans of all occurrences."""
    first: dict[str, int] = {}
    spans: dict[str, set[LabelledSpan]] = {}
    for index, sentence in enumerate(sentences):
        first.setdefault(sentence.text, index)
        spans.setdefault(sentence.text, set()).update(sentence.spans)
    return [(index, Sentence(text, tuple(sorted(spans[text])))) for text, index in first.items()]
