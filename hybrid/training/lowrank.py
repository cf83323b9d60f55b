"""A low-rank difference of the backbone that learns: what `encoding.adapter` merges once it is trained.

y = W x + scale · B A x for every linear layer of the chosen blocks (LoRA, Hu et al. 2021, arXiv 2106.09685, equation 3
and section 4.1): A begins as small random numbers, B as zeros, so that nothing is changed at the start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid.encoding.backbone import TorchBackbone
from hybrid.encoding.parts import LowRank
from hybrid.errors import InvalidInput

if TYPE_CHECKING:
    from torch import Tensor, nn


class LowRankDifference:
    """Trainable matrices on a backbone's linear layers while the `with` block lasts; the backbone's own stay."""

    def __init__(
        self, backbone: TorchBackbone, blocks: Sequence[int], rank: int, scale: float, generator: np.random.Generator
    ) -> None:
        """Raises InvalidInput for a block that the backbone does not run."""
        import torch

        self.scale = scale
        self._layers = dict(_linear_layers(backbone, blocks))
        self._matrices: dict[str, tuple[Tensor, Tensor]] = {}
        self._hooks: list[Any] = []
        for name, layer in self._layers.items():
            width_in, width_out = layer.in_features, layer.out_features
            bound = 1 / np.sqrt(width_in)
            a = generator.uniform(-bound, bound, size=(rank, width_in)).astype(np.float32)
            self._matrices[name] = (
                torch.from_numpy(a).to(backbone.device).requires_grad_(),
                torch.zeros((width_out, rank), device=backbone.device, requires_grad=True),
            )

    def __enter__(self) -> LowRankDifference:
        for name, layer in self._layers.items():
            self._hooks.append(layer.register_forward_hook(self._adding(*self._matrices[name])))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._hooks:
            self._hooks.pop().remove()

    def parameters(self) -> list[Tensor]:
        """What is to be trained."""
        return [matrix for pair in self._matrices.values() for matrix in pair]

    def adapter(self) -> dict[str, LowRank]:
        """The difference as a bundle keeps it, float16, by module; what is trained on is rounded to it as well."""
        import torch

        with torch.no_grad():
            for matrix in self.parameters():
                matrix.copy_(matrix.half())
        return {
            name: LowRank(*(matrix.detach().cpu().numpy().astype(np.float16) for matrix in pair))
            for name, pair in self._matrices.items()
        }

    def _adding(self, a: Tensor, b: Tensor) -> Any:
        # A tap's own hook comes after this one and so reads the sum.
        def add(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
            return output + self.scale * ((inputs[0] @ a.T) @ b.T)

        return add


def _linear_layers(backbone: TorchBackbone, blocks: Sequence[int]) -> Iterator[tuple[str, nn.Linear]]:
    from torch import nn

    for block in blocks:
        if not 0 <= block < backbone.blocks:
            raise InvalidInput(f"block {block} cannot be tuned; the backbone runs blocks 0 to {backbone.blocks - 1}")
    wanted = {id(module) for block in blocks for module in backbone.layers[block].modules()}
    for name, module in backbone.model.named_modules():
        if id(module) in wanted and isinstance(module, nn.Linear):
            yield name, module
