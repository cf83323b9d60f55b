"""Batches for tuning: drawn as for a head, and with every other mention of the windows that run anyway.

Those cost nothing more, and where they are of another type they are the nearest negatives there are: the same sentence.
"""

from __future__ import annotations

import numpy as np

from hybrid.training.sampling import Batch, BatchSampler
from hybrid.training.tokens import TokenTable


class WindowSampler:
    """Draws batches of one source, each with all mentions of its windows."""

    def __init__(self, table: TokenTable, sampler: BatchSampler) -> None:
        self._table, self._sampler = table, sampler
        self._starts = np.searchsorted(table.window, np.arange(int(table.window.max(initial=-1)) + 2))

    def draw(self) -> Batch:
        """The next batch; `positive` holds for the added mentions as well."""
        batch = self._sampler.draw()
        windows = np.unique(self._table.window[batch.mentions])
        spans = [np.arange(self._starts[window], self._starts[window + 1]) for window in windows]
        mentions = np.concatenate([np.empty(0, dtype=np.int64), *spans])
        types_of = self._table.types_of
        positive = np.array([np.isin(batch.types, types_of[mention]) for mention in mentions])
        return Batch(mentions, batch.types, positive.reshape(len(mentions), len(batch.types)).astype(np.bool_))
