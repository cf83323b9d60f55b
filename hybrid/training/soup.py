"""Several tunings of one backbone as one: the mean of their weights (Wortsman et al. 2022, arXiv 2203.05482).

Tunings that begin at the same weights lie near enough to each other for their mean to be a good model, mostly a better
one than each on data unlike that of the training. It costs nothing at run time: the mean of low-rank differences is one
whose rank is the sum of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hybrid.encoding.parts import LowRank
from hybrid.encoding.projection import Head, Layer
from hybrid.training.trained import Trained


def mean_of(trained: Sequence[Trained]) -> Trained:
    """The mean of heads and of differences; all have the same scale and layers. A single one is itself.

    Raises ValueError for none, and where scales, modules or layers differ.
    """
    if len({(one.scale, tuple(one.adapter), one.head.widths) for one in trained}) != 1:
        raise ValueError("only tunings of the same layers, with one scale, have a mean")
    first = trained[0]
    if len(trained) == 1:
        return first
    adapter = {name: _stacked([one.adapter[name] for one in trained]) for name in first.adapter}
    return Trained(replace(first.head, layers=_mean_layers([one.head for one in trained])), first.scale, adapter)


def _stacked(parts: Sequence[LowRank]) -> LowRank:
    """B_1 A_1 + B_2 A_2 + … = [B_1 B_2 …] [A_1; A_2; …], over their number."""
    whole = np.concatenate([own.b.astype(np.float32) for own in parts], axis=1) / len(parts)
    return LowRank(np.concatenate([own.a for own in parts]), whole.astype(parts[0].b.dtype))


def _mean_layers(heads: Sequence[Head]) -> tuple[Layer, ...]:
    return tuple(
        Layer(
            np.mean([layer.weight for layer in layers], axis=0, dtype=np.float32),
            np.mean([layer.bias for layer in layers], axis=0, dtype=np.float32),
        )
        for layers in zip(*(head.layers for head in heads), strict=True)
    )
