"""The backbone tuned as a low-rank difference, together with the head, from the head that was trained on it frozen.

Type names pass the tuned backbone as mentions do. Statistics stay those of the frozen backbone: the head is trained
behind them on, so nothing else would fit it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hybrid.encoding.backbone import TorchBackbone
from hybrid.encoding.features import FeatureReader
from hybrid.encoding.projection import Head, Standardisation
from hybrid.errors import InvalidInput
from hybrid.training.batches import WindowSampler
from hybrid.training.config import Progress
from hybrid.training.distillation import Lesson, TeacherTable
from hybrid.training.heads import layer_of
from hybrid.training.lowrank import LowRankDifference
from hybrid.training.recipes import TuningSettings
from hybrid.training.sampling import Batch, BatchSampler
from hybrid.training.threads import seeded
from hybrid.training.tokens import Piece, TokenTable
from hybrid.training.trained import Trained
from hybrid.training.upper import UpperBlocks

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Linear


def tune(
    tables: Sequence[TokenTable],
    head: Head,
    type: Standardisation,
    reader: FeatureReader,
    settings: TuningSettings,
    seed: int,
    progress: Progress,
    *,
    teachers: Mapping[str, TeacherTable] | None = None,
    watch: Callable[[float], None] | None = None,
) -> Trained:
    """Tune the backbone of `reader` (which stays as it is) with `head`, one linear layer behind its statistics.

    `type` are the statistics of types; `teachers` the sources as another bundle sees them; `watch` is told
    the loss of every step. The same seed gives the same bits on one machine with as many threads.
    Raises InvalidInput for a head of several layers, a backbone that does not run on torch on the CPU, and what
    `LowRankDifference` and `UpperBlocks` refuse.
    """
    backbone, generator, blocks = _torch_backbone(reader, head), np.random.default_rng(seed), sorted(settings.blocks)
    with (
        seeded(seed, settings.threads),
        LowRankDifference(backbone, blocks, settings.rank, settings.scale, generator) as difference,
    ):
        linear = _linear(head)
        upper = UpperBlocks(backbone, reader.setup, blocks[0], half=settings.half)
        model = _Model(upper, linear, head.standardisation, type)
        parts = [_Part(table, settings, generator, (teachers or {}).get(table.source)) for table in tables]
        parameters = [*difference.parameters(), *linear.parameters()]
        losses = _descend(lambda: model.loss([part.draw() for part in parts]), parameters, settings)
        for step, loss in enumerate(losses):
            progress("tuning the backbone", step, settings.steps)
            if watch is not None:
                watch(loss)
    progress("tuning the backbone", settings.steps, settings.steps)
    return Trained(replace(head, layers=(layer_of(linear),)), settings.scale, difference.adapter())


def _torch_backbone(reader: FeatureReader, head: Head) -> TorchBackbone:
    backbone = reader.backbone
    if not isinstance(backbone, TorchBackbone) or backbone.device != "cpu" or len(head.layers) != 1:
        raise InvalidInput("only a backbone of torch on the CPU is tuned, with a head of one layer")
    return backbone


def _descend(step: Callable[[], Tensor], parameters: Sequence[Tensor], settings: TuningSettings) -> Iterator[float]:
    """AdamW with a one-cycle learning rate on what `step` gives; yields the loss of every step, once it is taken."""
    import torch

    optimizer = torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, total_steps=max(settings.steps, 2)
    )
    for _ in range(settings.steps):
        optimizer.zero_grad()
        loss = step()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(parameters, settings.clip)
        optimizer.step()
        schedule.step()
        yield float(loss.detach())


def _linear(head: Head) -> Linear:
    import torch

    (layer,) = head.layers
    linear = torch.nn.Linear(layer.weight.shape[1], layer.weight.shape[0])
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(layer.weight))
        linear.bias.copy_(torch.from_numpy(layer.bias))
    return linear


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """One source's part of a step: mentions, of each type the carriers of one name, and what is to be made small."""

    mentions: list[Piece]
    names: list[Piece]
    batch: Batch
    part: _Part
    chosen: list[tuple[int, int]]


class _Part:
    """What one source gives to every step."""

    def __init__(
        self,
        table: TokenTable,
        settings: TuningSettings,
        generator: np.random.Generator,
        teacher: TeacherTable | None,
    ) -> None:
        share = settings.shares[table.source]
        self._table, self._weight, self._generator = table, share.weight, generator
        self._lesson = Lesson(settings.losses, teacher)
        self._sampler = WindowSampler(table, BatchSampler(table.types_of, share.shape, generator))

    def draw(self) -> _Drawn:
        batch = self._sampler.draw()
        chosen = self._lesson.names(batch, [len(own) for own in self._table.names], self._generator)
        names = [piece for type, name in chosen for piece in self._table.names[type][name]]
        return _Drawn([self._table.mentions[at] for at in batch.mentions.tolist()], names, batch, self, chosen)

    def loss(self, mentions: Tensor, types: Tensor, drawn: _Drawn) -> Tensor:
        return self._weight * self._lesson(mentions, types, drawn.batch, self._table.places, drawn.chosen)


class _Model:
    """Pieces to unit vectors, and the loss of a step; all sources of a step pass the backbone together."""

    def __init__(
        self, upper: UpperBlocks, linear: Linear, mention: Standardisation | None, type: Standardisation
    ) -> None:
        self._upper, self._linear = upper, linear
        self._mention, self._type = _tensors(mention), _tensors(type)

    def loss(self, parts: Sequence[_Drawn]) -> Tensor:
        import torch
        from torch.nn.functional import normalize

        pieces = [piece for part in parts for group in (part.mentions, part.names) for piece in group]
        sizes = [len(group) for part in parts for group in (part.mentions, part.names)]
        found = torch.split(self._upper.features(pieces), sizes)
        terms = []
        for part, mentions, names in zip(parts, found[::2], found[1::2], strict=True):
            own = self._vectors(mentions, self._mention)
            carried = self._vectors(names, self._type).reshape(len(part.batch.types), -1, own.shape[1])
            terms.append(part.part.loss(own, normalize(carried.mean(dim=1), dim=-1), part))
        return torch.stack(terms).sum()

    def _vectors(self, features: Tensor, statistics: tuple[Tensor, Tensor] | None) -> Tensor:
        from torch.nn.functional import normalize

        if statistics is not None:
            features = (features - statistics[0]) / statistics[1]
        return normalize(self._linear(features), dim=-1)


def _tensors(statistics: Standardisation | None) -> tuple[Tensor, Tensor] | None:
    import torch

    if statistics is None:
        return None
    return torch.from_numpy(statistics.mean), torch.from_numpy(statistics.std)
