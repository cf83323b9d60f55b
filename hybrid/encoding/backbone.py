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
from hybrid.encoding.taps import State
from hybrid.errors import BundleError, EncoderError

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
        self._max_tokens = _reach(self.model)
        hidden = int(config.hidden_size)
        self.widths: Mapping[State, int] = {
            state: self._projections[state].width if state in self._projections else hidden for state in self._wanted
        }

    @property
    def blocks(self) -> int:
        """Blocks that run."""
        return len(self._kept)

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
        pad = getattr(self.model.config, "pad_token_id", None) or 0
        padded = not bool(mask.all())
        ids, mask = ids.to(self._device), mask.to(self._device)
        found: dict[State, torch.Tensor] = {}
        with ExitStack() as hooks:
            for state in self._wanted:
                if state.kind != "passage":
                    hooks.callback(self._hook(state, found).remove)
            out = self.model(
                input_ids=ids.masked_fill(~mask, pad),
                attention_mask=mask.long() if padded else None,
            )
        if State("passage") in self.widths:
            found[State("passage")] = out.last_hidden_state
        return {state: found[state] for state in self._wanted}

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


def cut(model: nn.Module, states: Iterable[State]) -> nn.ModuleList:
    """Drop what no state reads (blocks, final norm, pooler) from a base model, in place; return the blocks that stay.

    The final norm stays where `passage` is read, and so do all blocks. BundleError: a block that is not there.
    """
    from torch import nn

    config: Any = model.config
    path, blocks = _blocks(model)
    wanted = [state.block for state in states if state.block is not None]
    for block in wanted:
        if block >= len(blocks):
            raise BundleError(f"a tap reads block {block}, but the backbone has {len(blocks)} blocks, counted from 0")
    if getattr(model, "pooler", None) is not None:
        setattr(model, "pooler", None)  # noqa: B010 - a module's attributes are not declared
    config.use_cache = False
    if any(state.kind == "passage" for state in states):
        return blocks
    parent = model.get_submodule(path.rpartition(".")[0])
    kept = nn.ModuleList(list(blocks)[: max(wanted, default=-1) + 1])
    setattr(parent, path.rpartition(".")[2], kept)
    for name in ("norm", "final_norm", "final_layer_norm", "ln_f"):
        if hasattr(parent, name):
            setattr(parent, name, nn.Identity())
    return kept


def _reach(model: nn.Module) -> int | None:
    config: Any = model.config
    reach = getattr(config, "max_position_embeddings", None)
    table = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    # RoBERTa and its kin count positions from behind the one that stands for padding.
    before = getattr(table, "padding_idx", None)
    return None if reach is None else int(reach) - (0 if before is None else int(before) + 1)


def _blocks(model: nn.Module) -> tuple[str, nn.ModuleList]:
    from torch import nn

    config: Any = model.config
    count = int(config.num_hidden_layers)
    for path, module in model.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == count and all(map(attention.readable, module)):
            return path, module
    lists = ", ".join(
        f"{path} ({len(module)} of {type(module[0]).__name__})"
        for path, module in model.named_modules()
        if isinstance(module, nn.ModuleList) and len(module)
    )
    raise BundleError(
        f"{type(model).__name__} has no list of {count} blocks with an attention of a known layout; "
        f"found {lists or 'none'}"
    )
