"""Batches of texts of like length, bounded by the number of tokens that they take with their padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray


def length_sorted_batches(
    lengths: Sequence[int] | NDArray[np.int64], *, max_tokens: int
) -> Iterator[NDArray[np.int64]]:
    """Index arrays (int64) into `lengths` that together name every text once; the longest texts come first.

    `lengths` are tokens a text. A batch holds as many texts as fit `max_tokens` when all are padded to the longest of
    them, and at least one. Longest first: a batch that does not fit the memory fails at once, not at the end.
    """
    counts = np.asarray(lengths, dtype=np.int64)
    order = np.argsort(-counts, kind="stable")
    at = 0
    while at < len(order):
        longest = max(int(counts[order[at]]), 1)
        size = max(max_tokens // longest, 1)
        yield order[at : at + size]
        at += size


def collate(ids: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Token ids of several texts, padded on the right: ids int64 [b, t] and mask bool [b, t], True at a token."""
    width = max((len(row) for row in ids), default=0)
    out = np.zeros((len(ids), width), dtype=np.int64)
    mask = np.arange(width) < np.asarray([len(row) for row in ids], dtype=np.int64)[:, None]
    for row, tokens in zip(out, ids, strict=True):
        row[: len(tokens)] = tokens
    return out, mask
