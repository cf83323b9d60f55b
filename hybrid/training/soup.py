"""Several tunings of one backbone as one: the mean of their weights (Wortsman et al. 2022, arXiv 2203.05482).

Tunings that begin at the same weights lie near enough to each other for their mean to be a good model, mostly a better
one than each on data unlike that of the training. It costs nothing at run time: the mean of low-rank differences is one
whose rank is the sum of theirs.

Heads begin in random coordinates. Turned, a linear head gives the same cosines, since mentions and types pass it alike;
so each is turned before to lie nearest to the first (orthogonal Procrustes problem, Schönemann 1966).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hybrid.encoding.parts import LowRank
from hybrid.encoding.projection import Layer
from hybrid.training.trained import Trained

Float64 = NDArray[np.float64]


def mean_of(trained: Sequence[Trained]) -> Trained:
    """The mean of heads, turned to the first, and of differences. A single one is itself.

    Raises ValueError for none, where scales, modules or layers differ, and for heads of several layers.
    """
    if len({(one.scale, tuple(one.adapter), one.head.widths) for one in trained}) != 1:
        raise ValueError("only tunings of the same layers, with one scale, have a mean")
    first = trained[0]
    if len(first.head.layers) != 1:
        raise ValueError("only heads of one layer have a mean")
    if len(trained) == 1:
        return first
    adapter = {name: _stacked([one.adapter[name] for one in trained]) for name in first.adapter}
    layer = _mean_layer([one.head.layers[0] for one in trained])
    return Trained(replace(first.head, layers=(layer,)), first.scale, adapter)


def _stacked(parts: Sequence[LowRank]) -> LowRank:
    """B_1 A_1 + B_2 A_2 + … = [B_1 B_2 …] [A_1; A_2; …], over their number."""
    whole = np.concatenate([own.b.astype(np.float32) for own in parts], axis=1) / len(parts)
    return LowRank(np.concatenate([own.a for own in parts]), whole.astype(parts[0].b.dtype))


def _mean_layer(layers: Sequence[Layer]) -> Layer:
    wholes = [np.column_stack([own.weight, own.bias]).astype(np.float64) for own in layers]
    mean = np.mean([_turned(own, wholes[0]) for own in wholes], axis=0).astype(np.float32)
    return Layer(np.ascontiguousarray(mean[:, :-1]), np.ascontiguousarray(mean[:, -1]))


def _turned(own: Float64, to: Float64) -> Float64:
    """R `own`, both [out, in], with the orthogonal R that brings it nearest to `to`."""
    left, _, right = np.linalg.svd(to @ own.T)
    turned: Float64 = left @ right @ own
    return turned
