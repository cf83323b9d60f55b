"""Labelled corpora, one token a line: `token<TAB>tag`, a blank line between sentences.

Tags are IO (`label`, `O`: neighbours with one label are one mention) or BIO (`B-label`, `I-label`, `O`). The text of a
sentence is its tokens joined by one space, so that every mention is a span of code points.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from hybrid.errors import InvalidFile

Scheme: TypeAlias = Literal["io", "bio"]
OUTSIDE = "O"


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


def read_conll(path: Path, scheme: Scheme) -> Iterator[Sentence]:
    """The sentences of a file in its order; `# …` lines without a tab are comments.

    Raises:
        InvalidFile: the file cannot be read, is not UTF-8, a line has no tag, or a BIO tag starts with neither B nor I.
    """
    tokens: list[str] = []
    tags: list[str] = []
    for number, line in enumerate(_lines(path), start=1):
        stripped = line.rstrip("\r\n")
        if stripped.strip():
            if stripped.startswith("#") and "\t" not in stripped:
                continue
            token, tag = _fields(stripped, path, number, scheme)
            tokens.append(token)
            tags.append(tag)
        elif tokens:
            yield _sentence(tokens, tags, scheme)
            tokens, tags = [], []
    if tokens:
        yield _sentence(tokens, tags, scheme)


def merge_duplicates(sentences: Iterable[Sentence]) -> list[tuple[int, Sentence]]:
    """Each text once, in the order of first occurrence, with its index there and the spans of all occurrences."""
    first: dict[str, int] = {}
    spans: dict[str, set[LabelledSpan]] = {}
    for index, sentence in enumerate(sentences):
        first.setdefault(sentence.text, index)
        spans.setdefault(sentence.text, set()).update(sentence.spans)
    return [(index, Sentence(text, tuple(sorted(spans[text])))) for text, index in first.items()]


def spans_of(tokens: Sequence[str], tags: Sequence[str], scheme: Scheme) -> tuple[LabelledSpan, ...]:
    """Tags to spans of the text `" ".join(tokens)`.

    IO merges neighbours of one label. In BIO an `I-label` that continues nothing starts a mention (as conlleval reads
    it).
    """
    found: list[LabelledSpan] = []
    start = end = position = 0
    current: str | None = None
    for token, tag in zip(tokens, tags, strict=True):
        label = None if tag == OUTSIDE else tag[2:] if scheme == "bio" else tag
        begins = label != current or (scheme == "bio" and tag.startswith("B-"))
        if begins:
            if current is not None:
                found.append(LabelledSpan(start, end, current))
            start, current = position, label
        end = position + len(token)
        position = end + 1
    if current is not None:
        found.append(LabelledSpan(start, end, current))
    return tuple(found)


def _sentence(tokens: Sequence[str], tags: Sequence[str], scheme: Scheme) -> Sentence:
    return Sentence(" ".join(tokens), spans_of(tokens, tags, scheme))


def _fields(line: str, path: Path, number: int, scheme: Scheme) -> tuple[str, str]:
    token, tab, tag = line.rpartition("\t")
    if not tab or not token or not tag:
        raise InvalidFile("has no tag; expected token<TAB>tag", file=path.name, line=number)
    if scheme == "bio" and tag != OUTSIDE and tag[:2] not in ("B-", "I-"):
        raise InvalidFile("has a tag that is not O, B-label or I-label", file=path.name, line=number)
    return token, tag


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            yield from file
    except UnicodeDecodeError as error:
        raise InvalidFile("is not UTF-8", file=path.name) from error
    except OSError as error:
        raise InvalidFile(f"cannot be read ({error.strerror}); expected a labelled corpus", file=str(path)) from error
