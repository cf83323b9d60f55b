"""Which documents a page shows: by falling score, equal scores by id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from hybrid.engines.embedded.catalog import Int64


def page(
    documents: Int64,
    scores: NDArray[np.float64],
    offset: int,
    k: int,
    ids: Callable[[Iterable[int]], Mapping[int, str]],
) -> list[tuple[int, float]]:
    """Documents and scores from `offset` on, at most `k`.

    Ids are asked only for groups of equal scores that reach into the page.
    """
    order = np.lexsort((documents, -scores))
    documents, scores = documents[order], scores[order]
    if offset >= len(scores) or not k:
        return []
    last = scores[min(offset + k, len(scores)) - 1]
    start = int(np.searchsorted(-scores, -scores[offset], side="left"))
    stop = int(np.searchsorted(-scores, -last, side="right"))
    reaching = list(zip(documents[start:stop].tolist(), scores[start:stop].tolist(), strict=True))
    ordered: list[tuple[int, float]] = []
    for _, tied in groupby(reaching, key=lambda entry: entry[1]):
        group = list(tied)
        if len(group) > 1:
            names = ids(document for document, _ in group)
            group.sort(key=lambda entry: names[entry[0]])
        ordered += group
    return ordered[offset - start : offset - start + k]
