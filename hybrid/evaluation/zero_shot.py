"""How new a type is to a bundle: its distance from the types that taught the bundle, and results by that distance.

- By name: the trained name that shares most stems with the asked words, by Jaccard of the two sets of stems. Words and
  stems are those of the lexical leg. 1 is the same name, 0 a name that shares no word.
- By head: the trained name whose vector is nearest, by cosine, -1..1. The bundle's own head makes both vectors.
- A type was trained on where a trained type has its name (Jaccard 1) or its label (letters and digits alike, whatever
  their case), in any corpus. A synonym is not found by name; that is what the cosine is for.

All of this is of types whose mentions are labelled in text, by people or, in synthetic texts, by their writer. Wide
sources (a dictionary, patterns) know thousands of types, nearly every common noun, so that all would be near; where one
knows an asked type, it was named in it, which is told beside the distances and has rows of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from hybrid.encoding.protocol import Encoder
from hybrid.errors import InvalidInput
from hybrid.evaluation.systems.words import stemmed
from hybrid.evaluation.task import Task

TRAINED, NAMED, NEW = "trained on", "named in a wide source", "in no source"
NEAR, FAR = 0.5, 0.35
BY_NAME = (TRAINED, "shares a word", "shares no word")
BY_SOURCE = (TRAINED, NAMED, NEW)
BY_HEAD = (TRAINED, f"cosine ≥ {NEAR}", f"cosine {FAR} to {NEAR}", f"cosine < {FAR}")


@dataclass(frozen=True, slots=True)
class TrainedType:
    """A type that taught a bundle: the corpus (or other source), its label there, the names it was taught by.

    `labelled`: whether its mentions are labelled in text, one by one; not so in a wide source. `digests`: names that
    are not given in words, each by its `digest`; of a wide source, where all its types together may be one of these.
    """

    source: str
    label: str
    names: tuple[str, ...]
    labelled: bool = True
    digests: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Nearest:
    """The trained names that are nearest to an asked type.

    `overlap`: Jaccard with `by_name`, 0..1; `by_name` is None where no trained name shares a word. `cosine`: with
    `by_head`. `trained_in`: the sources that the asked type itself was trained on in; none where it was not.
    `named_in`: the wide sources that know it.
    """

    words: str
    by_name: str | None
    overlap: float
    by_head: str
    cosine: float
    trained_in: tuple[str, ...]
    named_in: tuple[str, ...] = ()

    @property
    def trained(self) -> bool:
        """Whether the asked type itself was trained on."""
        return bool(self.trained_in)

    @property
    def name_bucket(self) -> str:
        """One of `BY_NAME`."""
        return TRAINED if self.trained else BY_NAME[1 if self.overlap else 2]

    @property
    def head_bucket(self) -> str:
        """One of `BY_HEAD`."""
        return TRAINED if self.trained else BY_HEAD[1 if self.cosine >= NEAR else 2 if self.cosine >= FAR else 3]

    @property
    def source_bucket(self) -> str:
        """One of `BY_SOURCE`."""
        return TRAINED if self.trained else NAMED if self.named_in else NEW


def nearest_types(task: Task, trained: Sequence[TrainedType], encoder: Encoder) -> dict[str, Nearest]:
    """Of each type of a task the nearest trained ones.

    Raises:
        InvalidInput: no type of a labelled corpus is given.
        EncoderError: a name cannot be encoded.
    """
    names = list(dict.fromkeys(name for one in trained if one.labelled for name in one.names))
    if not names:
        raise InvalidInput("no type of a labelled corpus is known, so none can be the nearest")
    stems = {name: frozenset(own) for name, own in zip(names, stemmed(names), strict=True)}
    words = list(task.types.values())
    cosines = encoder.encode_types(words) @ encoder.encode_types(names).T
    keys = [_keys(one) for one in trained]
    found = {}
    for (label, asked), own, row in zip(task.types.items(), stemmed(words), cosines, strict=True):
        overlaps = [jaccard(frozenset(own), other) for other in stems.values()]
        best, nearest = int(np.argmax(overlaps)), int(np.argmax(row))
        asked_by = {_plain(label), frozenset(own), digest(own)}
        same = [one for one, key in zip(trained, keys, strict=True) if not key.isdisjoint(asked_by)]
        found[label] = Nearest(
            asked,
            names[best] if overlaps[best] else None,
            overlaps[best],
            names[nearest],
            float(row[nearest]),
            tuple(dict.fromkeys(one.source for one in same if one.labelled)),
            tuple(dict.fromkeys(one.source for one in same if not one.labelled)),
        )
    return found


def digest(stems: Iterable[str]) -> str:
    """A name by the stems of its words, whatever their order: the first 12 hexadecimal digits of a SHA-256.

    It tells whether a name is the same, and nothing of what it is.
    """
    return sha256(" ".join(sorted(set(stems))).encode()).hexdigest()[:12]


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Shared members over all members, 0..1; 0 for two empty sets."""
    return len(first & second) / len(first | second) if first | second else 0.0


def _keys(one: TrainedType) -> set[str | frozenset[str]]:
    """What a type is known by: its label, the stems of each of its names, and digests."""
    keys: set[str | frozenset[str]] = {_plain(one.label), *map(frozenset, stemmed(list(one.names))), *one.digests}
    return keys - {"", frozenset()}


def _plain(label: str) -> str:
    return "".join(character for character in label.casefold() if character.isalnum())
