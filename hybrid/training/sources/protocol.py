"""What a source is: texts with typed spans, under a licence, from a place where anyone can get them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TypedSpan:
    """A half-open span of code points and the keys of its types."""

    start: int
    end: int
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A text and its typed spans, at least one."""

    text: str
    spans: tuple[TypedSpan, ...]


class Source(Protocol):
    """Typed mentions of one origin."""

    @property
    def name(self) -> str:
        """What recipes and reports call it."""
        ...

    @property
    def licence(self) -> str:
        """The licence of the texts and labels."""
        ...

    @property
    def published(self) -> str:
        """Where anyone can get it."""
        ...

    @property
    def types(self) -> Mapping[str, tuple[str, ...]]:
        """Every type that may occur: key to its readable names, at least one."""
        ...

    def examples(self) -> Iterator[Example]:
        """The texts, each once; the same ones in the same order every time."""
        ...
