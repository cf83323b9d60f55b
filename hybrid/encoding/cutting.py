"""What of a transformers model stays when only some of its states are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hybrid.encoding import attention
from hybrid.encoding.taps import State
from hybrid.errors import BundleError

if TYPE_CHECKING:
    from torch import nn


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


def reach(model: nn.Module) -> int | None:
    """The longest text in tokens that a model's positions reach; None where they are relative and reach any."""
    config: Any = model.config
    positions = getattr(config, "max_position_embeddings", None)
    table = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    # RoBERTa and its kin count positions from behind the one that stands for padding.
    before = getattr(table, "padding_idx", None)
    return None if positions is None else int(positions) - (0 if before is None else int(before) + 1)


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
