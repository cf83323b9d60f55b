"""A bundle's low-rank difference of the backbone, merged into the weights before the model is built.

W + scale · B A (LoRA, Hu et al. 2021, arXiv 2106.09685, equation 3), so that it costs nothing when it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hybrid.encoding.hashing import canonical_names
from hybrid.encoding.parts import LowRank
from hybrid.errors import BundleError, shorten

if TYPE_CHECKING:
    import torch

# Their linear layers keep weights as [in, out].
TRANSPOSED = ("gpt2",)


def merge(
    tensors: Mapping[str, torch.Tensor], model_type: str, adapter: Mapping[str, LowRank], scale: float
) -> dict[str, torch.Tensor]:
    """The checkpoint's tensors with `scale` · B @ A added to the weight of each module in `adapter`.

    Modules are named as in the base model ("encoder.layer.3.attention.self.query"). The sum is made in float32 and kept
    in it. Raises BundleError for a module that the checkpoint does not have, or a difference of another shape.
    """
    import torch

    names = canonical_names(tensors)
    merged = dict(tensors)
    for module, difference in adapter.items():
        name = names.get(f"{module}.weight")
        if name is None:
            raise BundleError(f"the adapter changes {shorten(module)}, which the backbone does not have")
        delta = np.float32(scale) * (difference.b.astype(np.float32) @ difference.a.astype(np.float32))
        delta = delta.T if model_type in TRANSPOSED else delta
        weight = tensors[name]
        if tuple(weight.shape) != delta.shape:
            raise BundleError(
                f"the adapter's difference of {shorten(module)} has shape {delta.shape}, "
                f"the backbone's weight {tuple(weight.shape)}"
            )
        merged[name] = weight.float() + torch.from_numpy(np.ascontiguousarray(delta))
    return merged
