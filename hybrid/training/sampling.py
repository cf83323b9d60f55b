"""Which mentions and types make a batch: some types, of each some mentions.

Rare types are drawn more often than their count, common ones less: with probability count^exponent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BatchShape:
    """`types` drawn a batch, `mentions` of each, types with probability count^`exponent`."""

    types: int
    mentions: int
    exponent: float = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Indexes of mentions int64 [m] and of types int64 [t], and which belong together, bool [m, t]."""

    mentions: Int64
    types: Int64
    positive: NDArray[np.bool_]


class BatchSampler:
    """Draws batches from a membership table, reproducibly: one generator, no global state."""

    def __init__(self, types_of: Sequence[Sequence[int]], shape: BatchShape, generator: np.random.Generator) -> None:
        """`types_of` holds per mention the indexes of its types; a mention without a type is never drawn."""
        self._types_of = [frozenset(types) for types in types_of]
        self._shape, self._generator = shape, generator
        members: dict[int, list[int]] = {}
        for mention, types in enumerate(types_of):
            for type in types:
                members.setdefault(type, []).append(mention)
        self._members: Mapping[int, Int64] = {type: np.array(members[type]) for type in sorted(members)}
        self._types = np.array(list(self._members), dtype=np.int64)
        odds = np.array([len(found) for found in self._members.values()], dtype=np.float64) ** shape.exponent
        self._odds = odds / odds.sum() if len(odds) else odds

    def draw(self) -> Batch:
        """The next batch; a type with fewer mentions than the shape asks for gives all it has."""
        count = min(self._shape.types, len(self._types))
        types = np.sort(self._generator.choice(self._types, size=count, replace=False, p=self._odds))
        drawn = [self._some(self._members[int(type)]) for type in types]
        mentions = np.unique(np.concatenate(drawn)) if drawn else np.empty(0, dtype=np.int64)
        positive = np.array([[int(type) in self._types_of[mention] for type in types] for mention in mentions])
        return Batch(mentions, types, positive.reshape(len(mentions), len(types)).astype(np.bool_))

    def _some(self, members: Int64) -> Int64:
        size = min(self._shape.mentions, len(members))
        return self._generator.choice(members, size=size, replace=False)
