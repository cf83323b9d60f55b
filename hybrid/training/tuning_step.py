"""What a step of tuning is made of: each source's part of it, and the loss of all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.encoding.projection import Standardisation
from hybrid.training.batches import WindowSampler
from hybrid.training.distillation import Lesson, TeacherTable
from hybrid.training.sampling import Batch, BatchSampler, Negatives
from hybrid.training.settings import TuningSettings
from hybrid.training.tokens import Piece, TokenTable
from hybrid.training.upper import UpperBlocks

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import Linear


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """One source's part of a step: mentions, of each type the carriers of one name, and what is to be made small."""

    mentions: list[Piece]
    names: list[Piece]
    batch: Batch
    part: Part
    chosen: list[tuple[int, int]]


class Part:
    """What one source gives to every step."""

    def __init__(
        self,
        table: TokenTable,
        settings: TuningSettings,
        generator: np.random.Generator,
        teacher: TeacherTable | None,
        negatives: Negatives | None,
    ) -> None:
        share = settings.shares[table.source]
        self._table, self._weight, self._generator = table, share.weight, generator
        self._lesson = Lesson(settings.losses, teacher)
        own = None if negatives is None else negatives.among(table.places)
        self._sampler = WindowSampler(table, BatchSampler(table.types_of, share.shape, generator, own))

    def draw(self) -> Drawn:
        """The next part."""
        batch = self._sampler.draw()
        chosen = self._lesson.names(batch, [len(own) for own in self._table.names], self._generator)
        names = [piece for type, name in chosen for piece in self._table.names[type][name]]
        return Drawn([self._table.mentions[at] for at in batch.mentions.tolist()], names, batch, self, chosen)

    def loss(self, mentions: Tensor, types: Tensor, drawn: Drawn) -> Tensor:
        """Of unit vectors of a part's mentions [m, d] and types [t, d], weighted."""
        return self._weight * self._lesson(mentions, types, drawn.batch, self._table.places, drawn.chosen)


class Model:
    """Pieces to unit vectors, and the loss of a step; all sources of a step pass the backbone together."""

    def __init__(
        self, upper: UpperBlocks, linear: Linear, mention: Standardisation | None, type: Standardisation
    ) -> None:
        self._upper, self._linear = upper, linear
        device = linear.weight.device
        self._mention, self._type = _tensors(mention, device), _tensors(type, device)

    def pass_over(self, parts: Sequence[Drawn]) -> None:
        """A step that was taken before: what it left in the memory of `UpperBlocks` comes to stand there again."""
        self._upper.remember([piece for group in _groups(parts) for piece in group])

    def loss(self, parts: Sequence[Drawn]) -> Tensor:
        """A scalar to be made small."""
        import torch
        from torch.nn.functional import normalize

        groups = _groups(parts)
        found = torch.split(
            self._upper.features([piece for group in groups for piece in group]), [len(group) for group in groups]
        )
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


def _groups(parts: Sequence[Drawn]) -> list[list[Piece]]:
    """Mentions and names of each source in turn."""
    return [group for part in parts for group in (part.mentions, part.names)]


def _tensors(statistics: Standardisation | None, device: torch.device) -> tuple[Tensor, Tensor] | None:
    import torch

    if statistics is None:
        return None
    return torch.from_numpy(statistics.mean).to(device), torch.from_numpy(statistics.std).to(device)
