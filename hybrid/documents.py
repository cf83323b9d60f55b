"""The nouns: frozen, slotted, without behaviour beyond reading themselves.

Offsets are Unicode code points of `Document.text`, half-open: `text[start:end]` is the surface.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from hybrid.planning.plan import Plan

Float32: TypeAlias = NDArray[np.float32]
Scalar: TypeAlias = str | bool | int | float | dt.date | dt.datetime
Value: TypeAlias = Scalar | Sequence[Scalar] | None
MentionsFrom: TypeAlias = Literal["given", "detected", "pending"]
Leg: TypeAlias = Literal["lexical", "typed", "dense"]

EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Mention:
    """A half-open span of a document's text; `surface` is filled in by indexing, `score` (0..1) by a detector."""

    start: int
    end: int
    surface: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A window of a document's text that fits the backbone."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A text with an id, an optional title and fields.

    `mentions` None asks for detection; an empty tuple says that there are none.
    """

    id: str
    text: str
    title: str | None = None
    fields: Mapping[str, Value] = field(default_factory=dict)
    mentions: Sequence[Mention] | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A span that got no vector, and why."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """What one text became: `passage_vectors` float32 [p, D] or None, `mention_vectors` float32 [m, d], unit rows."""

    passages: tuple[Passage, ...]
    passage_vectors: Float32 | None
    mentions: tuple[Mention, ...]
    mention_vectors: Float32
    refused: tuple[Refusal, ...] = ()


class MadeBy(NamedTuple):
    """The bundle that made vectors: its name, and the fingerprint that tells it from every other."""

    bundle: str
    fingerprint: str


@dataclass(frozen=True, slots=True, eq=False)
class EncodedDocument:
    """A document that was checked and encoded; what an engine writes and `scan` gives back."""

    document: Document
    encoding: Encoding
    mentions_from: MentionsFrom


@dataclass(frozen=True, slots=True)
class Match:
    """A mention that answers a question: cosine -1..1, probability 0..1 or None before calibration."""

    mention: Mention
    cosine: float
    probability: float | None = None

    @property
    def surface(self) -> str | None:
        """The mention's text."""
        return self.mention.surface

    @property
    def start(self) -> int:
        """First code point of the mention."""
        return self.mention.start

    @property
    def end(self) -> int:
        """One past the last code point of the mention."""
        return self.mention.end


@dataclass(frozen=True, slots=True)
class LegScore:
    """One leg's part in a hit: the raw score, and with `explain` how it entered the fusion.

    `rank` counts from 1 and is None where the leg did not bring the document within its depth.
    """

    score: float | None = None
    rank: int | None = None
    normalised: float | None = None
    weight: float | None = None
    contribution: float | None = None


@dataclass(frozen=True, slots=True)
class Snippet:
    """At most 300 code points of the text; `start` is the offset of its first one."""

    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that answers; `mentions` are its best matches by falling cosine."""

    id: str
    score: float
    document: Document
    mentions: tuple[Match, ...] = ()
    snippet: Snippet | None = None
    legs: Mapping[Leg, LegScore] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hits(Sequence[Hit]):
    """An ordered answer with the plan that made it; `warnings` are sentences for the user."""

    items: tuple[Hit, ...]
    plan: Plan
    took_ms: float
    warnings: tuple[str, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Hit]: ...
    def __getitem__(self, index: int | slice) -> Hit | Sequence[Hit]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.items)
