"""The heads: features to unit vectors, in NumPy.

A mention's vector is head(standardised concatenation of the bundle's taps) at unit length (NER Retriever, arXiv
2509.04011, section 4: one linear layer or an MLP with SiLU, trained contrastively). Several heads are an ensemble by
concatenation: each output at unit length, side by side, at unit length again, so that the inner product is the mean of
the heads' cosines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hybrid.documents import Float32
from hybrid.encoding.activations import activate
from hybrid.errors import BundleError, EncoderError


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A linear layer as PyTorch keeps it: `weight` float32 [out, in], `bias` float32 [out]; y = x Wᵀ + b."""

    weight: Float32
    bias: Float32


@dataclass(frozen=True, slots=True, eq=False)
class Standardisation:
    """Statistics of the features: `mean` and `std` float32 [in]; x becomes (x - mean) / std."""

    mean: Float32
    std: Float32


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Optional standardisation, then layers with `activation` between them (none after the last).

    Raises BundleError where the layers do not fit each other or the statistics do not fit the first.
    """

    layers: tuple[Layer, ...]
    activation: str | None = None
    standardisation: Standardisation | None = None

    def __post_init__(self) -> None:
        widths = self.widths
        for layer, (width_in, width_out) in zip(self.layers, pairwise(widths), strict=True):
            if layer.weight.shape != (width_out, width_in) or layer.bias.shape != (width_out,):
                raise BundleError(
                    f"a layer's weight has shape {layer.weight.shape} and its bias {layer.bias.shape}, "
                    f"expected {(width_out, width_in)} and {(width_out,)}"
                )
        stats = self.standardisation
        if stats is not None and not stats.mean.shape == stats.std.shape == (widths[0],):
            raise BundleError(
                f"standardisation of shapes {stats.mean.shape} and {stats.std.shape}, expected {(widths[0],)}"
            )
        if stats is not None and not bool((stats.std > 0).all()):
            raise BundleError("a standard deviation must be above 0")

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths from the input to the output."""
        if not self.layers or self.layers[0].weight.ndim != 2:
            raise BundleError("a head needs at least one layer with a weight of two dimensions")
        return (self.layers[0].weight.shape[1], *(layer.bias.shape[0] for layer in self.layers))

    def linear(self, x: Float32) -> Float32:
        """The last layer's output, not normalised: float32 [n, in] to [n, out]; another width is an EncoderError."""
        if x.ndim != 2 or x.shape[1] != self.widths[0]:
            raise EncoderError(f"features of shape {x.shape}, expected [n, {self.widths[0]}]")
        if self.standardisation is not None:
            x = (x - self.standardisation.mean) / self.standardisation.std
        for place, layer in enumerate(self.layers):
            x = activate(self.activation, x) if place else x
            x = x @ layer.weight.T + layer.bias
        return np.ascontiguousarray(x, dtype=np.float32)

    def apply(self, x: Float32) -> Float32:
        """Unit rows: float32 [n, in] to float32 [n, out], C order. Raises EncoderError as `unit` does."""
        return unit(self.linear(x))


def project(heads: Sequence[Head], x: Float32) -> Float32:
    """Features float32 [n, in] through every head: unit rows float32 [n, sum of outs], C order."""
    if len(heads) == 1:
        return heads[0].apply(x)
    return unit(np.concatenate([head.apply(x) for head in heads], axis=1))


def unit(x: Float32) -> Float32:
    """Rows at Euclidean length 1: float32 [n, d], C order.

    Raises EncoderError naming the row that has no direction (all zeros, or a number that is not finite).
    """
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    bad = np.flatnonzero(~(np.isfinite(lengths[:, 0]) & (lengths[:, 0] > 0)))
    if len(bad):
        raise EncoderError(f"vector {int(bad[0])} of {len(x)} has no direction: it is zero or not finite")
    return np.ascontiguousarray(x / lengths, dtype=np.float32)
