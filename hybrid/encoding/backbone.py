"""A transformer, cut after its last tapped block: token ids in, tapped states out.

`Backbone` knows nothing of torch, so a second runtime can stand behind it; `TorchBackbone` is the one on transformers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import Float32
from hybrid.encoding import attention
from hybrid.encoding.cutting import cut, reach
from hybrid.encoding.taps import State
from hybrid.errors import EncoderError

if TYPE_CHECKING:
    import torch
    from torch import nn


class Backbone(Protocol):
    """Token ids in, tapped states out."""

    @property
    def widths(self) -> Mapping[State, int]:
        """Numbers a token, for every state that is handed over."""
        ...

    @property
    def blocks(self) -> int:
        """Blocks that run: one more than the last tapped one."""
        ...

    @property
    def max_tokens(self) -> int | None:
        """The most tokens that a window may have, None where there is no limit."""
        ...

    @property
    def dtype(self) -> str:
        """`float32` or `bfloat16`: what the blocks compute in."""
        ...

    @property
    def device(self) -> str:
        """`cpu`, `cuda` or `mps`."""
        ...

    def states(self, ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> Mapping[State, Float32]:
        """Token ids int64 [b, t], padded on the right, and mask bool [b, t] (True at a token) to states [b, t, width].

        States are float32, C order, in main memory, whatever the backbone computes in; rows of padding are undefined.
        Raises EncoderError where the batch cannot be computed (out of memory, an id outside the vocabulary).
        """
        ...


class TorchBackbone:
    """A transformers model, cut after its last tapped block, on one device; for one thread at a time."""

    def __init__(
        self, model: nn.Module, states: Iterable[State], *, device: str = "cpu", dtype: str = "float32"
    ) -> None:
        """Cut `model` (a base model of transformers, changed in place) to what `states` need and move it.

        A state that the model does not have, or an attention of unknown layout, raises BundleError.
        """
        import torch

        self._wanted = tuple(dict.fromkeys(states))
        self._dtype, self._device = dtype, device
        self.model: Any = model.eval().requires_grad_(False)
        config: Any = model.config
        kept = cut(self.model, self._wanted)
        for parameter in self.model.parameters():
            parameter.data = parameter.data.to(getattr(torch, dtype))
        self.model.to(device)  # buffers keep their precision: rotary frequencies do not survive bfloat16
        self._projections = {
            state: attention.projection(kept[state.block], config, state.kind, f"block {state.block}")
            for state in self._wanted
            if state.block is not None and (state.kind == "value" or state.kind == "key")
        }
        self._kept = kept
        self._max_tokens = reach(self.model)
        hidden = int(config.hidden_size)
        self.widths: Mapping[State, int] = {
            state: self._projections[state].width if state in self._projections else hidden for state in self._wanted
        }

    @property
    def blocks(self) -> int:
        """Blocks that run."""
        return len(self._kept)

    @property
    def layers(self) -> nn.ModuleList:
        """The blocks that run, as modules; replacing one changes what runs."""
        return self._kept

    @property
    def dtype(self) -> str:
        """What the blocks compute in."""
        return self._dtype

    @property
    def device(self) -> str:
        """Where the blocks are computed."""
        return self._device

    @property
    def max_tokens(self) -> int | None:
        """The longest window that the positions reach, None where they are relative and reach any."""
        return self._max_tokens

    def states(self, ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> Mapping[State, Float32]:
        """See `Backbone.states`."""
        import torch

        if not ids.size:
            return {state: np.zeros((*ids.shape, width), dtype=np.float32) for state, width in self.widths.items()}
        if self.max_tokens is not None and ids.shape[1] > self.max_tokens:
            raise EncoderError(f"a window has {ids.shape[1]} tokens, the backbone takes at most {self.max_tokens}")
        with torch.inference_mode():
            try:
                writable = np.require(ids, np.int64, ["C", "W"]), np.require(mask, np.bool_, ["C", "W"])
                found = self.tensors(*map(torch.from_numpy, writable))
            except (RuntimeError, IndexError) as error:
                raise EncoderError(
                    f"the backbone failed on {ids.shape[0]} texts of {ids.shape[1]} tokens: {error}"
                ) from error
            return {state: np.ascontiguousarray(t.float().cpu().numpy()) for state, t in found.items()}

    def tensors(self, ids: torch.Tensor, mask: torch.Tensor) -> dict[State, torch.Tensor]:
        """The same as `states`, as tensors on the backbone's device and with gradients where they are switched on."""
        found: dict[State, torch.Tensor] = {}
        with ExitStack() as hooks:
            for state in self._wanted:
                if state.kind != "passage":
                    hooks.callback(self._hook(state, found).remove)
            out = self.forward(ids, mask)
        if State("passage") in self.widths:
            found[State("passage")] = out.last_hidden_state
        return {state: found[state] for state in self._wanted}

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> Any:
        """The model's own output for a padded batch, on the backbone's device."""
        pad = getattr(self.model.config, "pad_token_id", None) or 0
        padded = not bool(mask.all())
        ids, mask = ids.to(self._device), mask.to(self._device)
        return self.model(input_ids=ids.masked_fill(~mask, pad), attention_mask=mask.long() if padded else None)

    def _hook(self, state: State, found: dict[State, torch.Tensor]) -> Any:
        if state in self._projections:
            part = self._projections[state]

            def read(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
                found[state] = output[..., part.start : part.end]

            return part.module.register_forward_hook(read)

        def keep(module: nn.Module, inputs: object, output: Any) -> None:
            found[state] = output[0] if isinstance(output, tuple) else output

        assert state.block is not None
        return self._kept[state.block].register_forward_hook(keep)
