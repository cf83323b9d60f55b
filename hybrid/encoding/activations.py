"""The functions between a head's layers, in NumPy, equal to PyTorch's of the same name."""

from __future__ import annotations

import math

import numpy as np

from hybrid.documents import Float32

ACTIVATIONS = ("relu", "silu", "gelu", "tanh")


def activate(name: str | None, x: Float32) -> Float32:
    """Element by element, float32 in and out; None is the identity. Raises KeyError for a name not in ACTIVATIONS.

    gelu is the exact one (Hendrycks & Gimpel 2016, arXiv 1606.08415), silu is x · sigmoid(x) (the same paper, 2.1).
    """
    if name is None:
        return x
    return _FUNCTIONS[name](x)


def sigmoid(x: Float32) -> Float32:
    """1 / (1 + e^-x), without overflow for large negative x: float32 in and out."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), dtype=x.dtype)


def _relu(x: Float32) -> Float32:
    return np.maximum(x, np.float32(0.0))


def _silu(x: Float32) -> Float32:
    return x * sigmoid(x)


def _gelu(x: Float32) -> Float32:
    # NumPy has no erf; math.erf a number is slow, and no bundle of ours needs gelu on a hot path.
    cdf = np.fromiter((0.5 * (1.0 + math.erf(v / math.sqrt(2.0))) for v in x.ravel().tolist()), np.float32, x.size)
    return x * cdf.reshape(x.shape)


def _tanh(x: Float32) -> Float32:
    return np.tanh(x)


_FUNCTIONS = {"relu": _relu, "silu": _silu, "gelu": _gelu, "tanh": _tanh}
