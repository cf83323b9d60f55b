"""Texts by their nearest mention, exactly: what the typed leg does, for vectors that no index holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hybrid.documents import Float32
from hybrid.evaluation.runs import Ranking, Span, best_first


def rank_by_mentions(
    spans: Sequence[Sequence[Span]],
    vectors: Float32,
    labels: Sequence[str],
    asked: Float32,
    depth: Mapping[str, int],
) -> dict[str, Ranking]:
    """A ranking a label, by the largest cosine among a text's mentions; texts without one are not ranked.

    `spans` holds each text's mentions, `vectors` float32 [m, d] those of all of them one after another, `asked` float32
    [labels, d]; all of unit length.
    """
    counts = np.array([len(own) for own in spans], dtype=np.int64)
    having = np.flatnonzero(counts)
    starts = (np.cumsum(counts) - counts)[having]
    flat = [span for own in spans for span in own]
    rankings = {}
    for label, cosines in zip(labels, asked @ vectors.T, strict=True):
        scores = np.full(len(spans), -np.inf)
        won: list[Span | None] = [None] * len(spans)
        if len(having):
            scores[having] = np.maximum.reduceat(cosines, starts)
        for text, start in zip(having, starts, strict=True):
            won[text] = flat[start + int(np.argmax(cosines[start : start + counts[text]]))]
        rankings[label] = best_first(scores, depth[label], won, above=-np.inf)
    return rankings
