"""Types that are called much alike and are not the same: what a head has to tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import Float32
from hybrid.encoding.projection import Standardisation, unit
from hybrid.training.sampling import Int64
from hybrid.training.tables import MentionTable, standardised

NEAREST = 10


def shared_mentions(types_of: Iterable[tuple[int, ...]], count: int) -> NDArray[np.bool_]:
    """Which of `count` types have a mention in common, bool [count, count].

    Where a mention lists all that it is, as WordNet's nouns do, a kind has one in common with all that stands above it.
    """
    shared = np.zeros((count, count), dtype=np.bool_)
    for own in dict.fromkeys(types_of):
        shared[np.ix_(own, own)] = True
    return shared


def near_misses(
    table: MentionTable, words: Sequence[Sequence[str]], type: Standardisation, nearest: int = NEAREST
) -> tuple[Int64, ...]:
    """Of each type the places of the `nearest` others by the frozen vectors of their names, the nearest first.

    `words` are each type's names; `type` the statistics of types. Left out are types with a mention in common, so that
    no kind is a near miss of what stands above or below it; types with a name in common, which are one question; and
    types without a mention.
    """
    vectors = unit(np.stack([standardised(own, type).mean(axis=(0, 1)) for own in table.names]))
    shared = shared_mentions(table.types_of, len(words))
    barred = shared | _same_name(words) | ~shared.diagonal()[None, :]
    return tuple(_nearest(vectors @ own, barred[place], nearest) for place, own in enumerate(vectors))


def _nearest(cosines: Float32, barred: NDArray[np.bool_], nearest: int) -> Int64:
    order = np.argsort(-cosines, kind="stable")
    return order[~barred[order]][:nearest].astype(np.int64)


def _same_name(words: Sequence[Sequence[str]]) -> NDArray[np.bool_]:
    places: dict[str, list[int]] = {}
    for place, names in enumerate(words):
        for name in names:
            places.setdefault(name.casefold(), []).append(place)
    same = np.eye(len(words), dtype=np.bool_)
    for own in places.values():
        same[np.ix_(own, own)] = True
    return same
