"""A backbone whose lower blocks are frozen: what they give for a text is computed once and remembered.

Tuning reads the same texts again and again; only blocks from the first tuned one on run anew, with gradients.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hybrid.encoding.backbone import TorchBackbone
from hybrid.encoding.batching import collate, length_sorted_batches
from hybrid.encoding.manifest import Setup
from hybrid.encoding.taps import State
from hybrid.errors import InvalidInput
from hybrid.training.pooled import span_features
from hybrid.training.tokens import Piece

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

Int64 = NDArray[np.int64]
# A processor is no faster with more, and they take memory; an accelerator would wait for the next batch.
BATCH_TOKENS, ACCELERATED = 2048, 32_768


class UpperBlocks:
    """Features of pieces, with gradients, through the blocks from `first` on."""

    def __init__(self, backbone: TorchBackbone, setup: Setup, first: int, *, half: bool = False) -> None:
        """`half`: matrix products in bfloat16, several times as fast where the processor has it.

        Raises InvalidInput where a tap reads a block below `first`, which is not run again.
        """
        for tap in setup.taps:
            if tap.block is not None and tap.block < first:
                raise InvalidInput(f"tap {tap} reads a block below {first}, the first one that is tuned")
        self._backbone, self._setup, self._first, self._half = backbone, setup, first, half
        self._in_tuple = _hands_on_tuples(backbone)
        self._batch_tokens = BATCH_TOKENS if backbone.device == "cpu" else ACCELERATED
        self._memory: dict[bytes, NDArray[np.float16]] = {}

    def features(self, pieces: Sequence[Piece]) -> Tensor:
        """Features of every piece as `FeatureReader` gives them, [n, width]; pieces of one window run it once."""
        import torch

        windows = _windows(pieces)
        place = {key: at for at, key in enumerate(windows)}
        ids = list(windows.values())
        rows = np.array([place[piece.ids.tobytes()] for piece in pieces], dtype=np.int64)
        self._remember(ids)
        order: list[Int64] = []
        parts: list[Tensor] = []
        for batch in length_sorted_batches([len(own) for own in ids], max_tokens=self._batch_tokens):
            within = np.full(len(ids), -1, dtype=np.int64)
            within[batch] = np.arange(len(batch))
            mine = np.flatnonzero(within[rows] >= 0)
            starts, ends = (
                np.array([getattr(pieces[at], edge) for at in mine.tolist()], dtype=np.int64)
                for edge in ("first", "end")
            )
            states = self._run([ids[at] for at in batch])
            lengths = np.array([len(ids[at]) for at in batch], dtype=np.int64)
            parts.append(span_features(states, lengths, within[rows[mine]], starts, ends, self._setup))
            order.append(mine)
        back = np.argsort(np.concatenate(order), kind="stable")
        return torch.cat(parts)[torch.from_numpy(back).to(self._backbone.device)]

    def remember(self, pieces: Sequence[Piece]) -> None:
        """What `features` would compute once for these: in the same company, so that it is the same to the bit."""
        self._remember(list(_windows(pieces).values()))

    def _run(self, ids: Sequence[Int64]) -> dict[State, Tensor]:
        with self._precision():
            states = self._states(ids)
        return {state: found.float() for state, found in states.items()}

    def _precision(self) -> torch.autocast:
        import torch

        return torch.autocast(self._backbone.device, dtype=torch.bfloat16, enabled=self._half)

    def _states(self, ids: Sequence[Int64]) -> dict[State, Tensor]:
        import torch

        tokens, mask = (torch.from_numpy(own) for own in collate(ids))
        if not self._first:
            return self._backbone.tensors(tokens, mask)
        hidden = np.zeros((*tokens.shape, self._memory[ids[0].tobytes()].shape[1]), dtype=np.float32)
        for row, own in zip(hidden, ids, strict=True):
            row[: len(own)] = self._memory[own.tobytes()]
        with self._skipping(range(self._first), torch.from_numpy(hidden).to(self._backbone.device)):
            return self._backbone.tensors(tokens, mask)

    def _skipping(self, blocks: range, given: Tensor | None = None) -> AbstractContextManager[list[Tensor]]:
        return _skipped(self._backbone, blocks, given, self._in_tuple)

    def _remember(self, ids: Sequence[Int64]) -> None:
        import torch

        missing = [own for own in ids if own.tobytes() not in self._memory] if self._first else []
        for batch in length_sorted_batches([len(own) for own in missing], max_tokens=self._batch_tokens):
            chosen = [missing[at] for at in batch]
            tokens, mask = (torch.from_numpy(own) for own in collate(chosen))
            upper = range(self._first, self._backbone.blocks)
            with torch.no_grad(), self._precision(), self._skipping(upper) as last:
                self._backbone.forward(tokens, mask)
            for own, row in zip(chosen, last[0].float().cpu().numpy(), strict=True):
                self._memory[own.tobytes()] = row[: len(own)].astype(np.float16)


def _windows(pieces: Sequence[Piece]) -> dict[bytes, Int64]:
    return {piece.ids.tobytes(): piece.ids for piece in pieces}


@contextmanager
def _skipped(backbone: TorchBackbone, blocks: range, given: Tensor | None, in_tuple: bool) -> Iterator[list[Tensor]]:
    """The backbone with `blocks` handing on what they get, the first of them `given` instead where it is not None.

    Yields a list that receives what the first of them got.
    """
    layers = backbone.layers
    own = {at: layers[at] for at in blocks}
    got: list[Tensor] = []
    for at in blocks:
        first = at == blocks.start
        layers[at] = _pass_through(given if first else None, got if first else [], in_tuple)
    try:
        yield got
    finally:
        for at, layer in own.items():
            layers[at] = layer


def _pass_through(given: Tensor | None, got: list[Tensor], in_tuple: bool) -> nn.Module:
    from torch import nn

    class PassThrough(nn.Module):
        def forward(self, hidden: torch.Tensor, *others: object, **named: object) -> object:
            got[:] = [hidden]
            out = hidden if given is None else given
            return (out,) if in_tuple else out

    return PassThrough()


def _hands_on_tuples(backbone: TorchBackbone) -> bool:
    """Whether blocks hand on their states in a tuple, as transformers' MPNet does, or bare, as its BERT; by trying."""
    import torch

    kinds: list[bool] = []
    hook = backbone.layers[0].register_forward_hook(lambda _, __, output: kinds.append(isinstance(output, tuple)))
    try:
        with torch.no_grad():
            backbone.forward(torch.zeros((1, 1), dtype=torch.long), torch.ones((1, 1), dtype=torch.bool))
    finally:
        hook.remove()
    return kinds[0]
