"""Token states pooled over spans as `encoding.pooling` does, as tensors, so that gradients reach the backbone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hybrid.encoding.manifest import Setup
from hybrid.encoding.taps import Pool, State

if TYPE_CHECKING:
    from torch import Tensor

Index = NDArray[np.int64]


def span_features(
    states: Mapping[State, Tensor], lengths: Index, rows: Index, starts: Index, ends: Index, setup: Setup
) -> Tensor:
    """A span's taps side by side, as `FeatureReader` gives them: [n, sum of the taps' widths].

    `states` are [b, t, width] of windows that have `lengths` tokens, int64 [b]; span i is the token range
    `starts[i]:ends[i]` of window `rows[i]`, not empty. The tap `passage` pools the whole window.
    """
    import torch

    parts = []
    for tap in setup.taps:
        state = states[tap.state]
        if tap.pool is not None:
            parts.append(pooled(state, rows, starts, ends, tap.pool))
        elif setup.passage is not None:
            windows, places = np.unique(rows, return_inverse=True)
            whole = pooled(state, windows, np.zeros_like(windows), lengths[windows], setup.passage.pooling)
            parts.append(whole[torch.from_numpy(places).to(whole.device)])
    return torch.cat(parts, dim=1)


def pooled(state: Tensor, rows: Index, starts: Index, ends: Index, how: Pool) -> Tensor:
    """Token states [b, t, w] over n spans that are not empty to [n, w]: the last token's, the first's, or the mean."""
    import torch

    def there(index: Index) -> Tensor:
        return torch.from_numpy(index).to(state.device)

    if how != "mean":
        at = ends - 1 if how == "last" else starts
        return state[there(rows), there(at)]
    lengths = ends - starts
    offsets = np.cumsum(lengths) - lengths
    tokens = np.arange(int(lengths.sum())) - np.repeat(offsets - starts, lengths)
    own = np.repeat(np.arange(len(rows)), lengths)
    gathered = state[there(np.repeat(rows, lengths)), there(tokens)]
    sums = state.new_zeros((len(rows), state.shape[2])).index_add(0, there(own), gathered)
    return sums / there(lengths).to(state.dtype)[:, None]
