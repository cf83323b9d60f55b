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
    if offset >= len(scores) or not k:
        return []
    border = min(offset + k, len(scores)) - 1
    reaching = scores >= -np.partition(-scores, border)[border]
    documents, scores = documents[reaching], scores[reaching]
    order = np.argsort(-scores, kind="stable")
    documents, scores = documents[order], scores[order]
    start = int((-scores).searchsorted(-scores[offset]))
    tail = zip(documents[start:].tolist(), scores[start:].tolist(), strict=True)
    ordered: list[tuple[int, float]] = []
    for _, tied in groupby(tail, key=lambda entry: entry[1]):
        group = list(tied)
        if len(group) > 1:
            names = ids(document for document, _ in group)
            group.sort(key=lambda entry: names[entry[0]])
        ordered += group
    return ordered[offset - start : offset - start + k]
