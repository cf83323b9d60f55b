"""Which mentions and types make a batch: some types, of each some mentions, and what is hard to tell from them.

Rare types are drawn more often than their count, common ones less: with probability count^exponent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybrid.errors import InvalidInput

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BatchShape:
    """`types` drawn a batch, `mentions` of each, types with probability count^`exponent`.

    `near_miss` is the share of the types that is drawn from the near misses of the others, at most half. With
    `hard_negatives` that many times as many mentions as were drawn join them, each a hard negative of one of the types.
    Both are for sources whose labels are complete: a mention that lacks a label is else taught to be what it is not.
    Raises InvalidInput for a share out of its range.
    """

    types: int
    mentions: int
    exponent: float = 0.5
    near_miss: float = 0.0
    hard_negatives: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.near_miss <= 0.5 or not 0 <= self.hard_negatives <= 1:
            raise InvalidInput("near_miss must be from 0 to 0.5, hard_negatives from 0 to 1")


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Indexes of mentions int64 [m] and of types int64 [t], and which belong together, bool [m, t]."""

    mentions: Int64
    types: Int64
    positive: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Negatives:
    """What is hard to tell from each type of one source, by the type's place.

    `types`: places int64 [n] of types that are near in name and share no mention with it. `mentions` int64 [n]: which
    of the source's spans are no mention of it though their text matches its words.
    """

    types: tuple[Int64, ...]
    mentions: tuple[Int64, ...]

    def among(self, places: Int64) -> Negatives:
        """The same with rows of a table for spans; `places` int64 [m] tells which span each row is."""
        rows = np.full(1 + max((int(own.max(initial=-1)) for own in (*self.mentions, places)), default=-1), -1)
        rows[places] = np.arange(len(places))
        found = (rows[own] for own in self.mentions)
        return Negatives(self.types, tuple(own[own >= 0] for own in found))


class BatchSampler:
    """Draws batches from a membership table, reproducibly: one generator, no global state."""

    def __init__(
        self,
        types_of: Sequence[Sequence[int]],
        shape: BatchShape,
        generator: np.random.Generator,
        negatives: Negatives | None = None,
    ) -> None:
        """`types_of` holds per mention the indexes of its types; a mention without a type is never drawn.

        `negatives` are by indexes of the same mentions; what the shape wants of them is not drawn without them.
        """
        self._types_of = [frozenset(types) for types in types_of]
        self._shape, self._generator, self._negatives = shape, generator, negatives
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
        near = int(count * self._shape.near_miss) if self._negatives is not None else 0
        types = self._generator.choice(self._types, size=count - near, replace=False, p=self._odds)
        types = np.sort(self._with_near_misses(types, near))
        drawn = [self._some(self._members[int(type)]) for type in types]
        hard = round(sum(map(len, drawn)) * self._shape.hard_negatives)
        drawn += self._hard(types, hard)
        mentions = np.unique(np.concatenate(drawn)) if drawn else np.empty(0, dtype=np.int64)
        positive = np.array([[int(type) in self._types_of[mention] for type in types] for mention in mentions])
        return Batch(mentions, types, positive.reshape(len(mentions), len(types)).astype(np.bool_))

    def _some(self, members: Int64) -> Int64:
        size = min(self._shape.mentions, len(members))
        return self._generator.choice(members, size=size, replace=False)

    def _with_near_misses(self, types: Int64, count: int) -> Int64:
        """`count` of the types with a near miss each, where there is one that is not drawn yet."""
        if self._negatives is None or not count:
            return types
        chosen = types.tolist()
        for type in self._generator.permutation(types)[:count].tolist():
            free = [own for own in self._negatives.types[type].tolist() if own in self._members and own not in chosen]
            if free:
                chosen.append(int(self._generator.choice(free)))
        return np.array(chosen, dtype=np.int64)

    def _hard(self, types: Int64, count: int) -> list[Int64]:
        """`count` mentions, each a hard negative of a type that has some; fewer where one is drawn twice."""
        if self._negatives is None or not count:
            return []
        pools = [pool for type in types.tolist() if len(pool := self._negatives.mentions[type])]
        if not pools:
            return []
        of = self._generator.integers(len(pools), size=count).tolist()
        return [np.array([self._generator.choice(pools[at]) for at in of], dtype=np.int64)]
