"""The mention head: a linear map that brings mentions near the names of their types.

It starts as a projection on the principal components of the standardised mention features, rotated at random so that no
coordinate is special to the optimiser, and is trained contrastively over batches of every source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import EMPTY, Float32
from hybrid.encoding.projection import Head, Layer, Standardisation
from hybrid.errors import InvalidInput
from hybrid.training.config import Progress
from hybrid.training.descent import Descent
from hybrid.training.distillation import Lesson, TeacherTable
from hybrid.training.sampling import BatchSampler, Negatives
from hybrid.training.settings import HeadSettings, Share
from hybrid.training.tables import MentionTable, chunks, standardised
from hybrid.training.threads import seeded

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Linear


@dataclass(frozen=True, slots=True, eq=False)
class HeadData:
    """What a head is trained from: tables, statistics of mentions and types, principal axes float32 [width, width].

    `teachers` are the sources as another bundle sees them, by name; none without a teacher. `negatives` are by name
    those of the sources whose batches draw some.
    """

    tables: tuple[MentionTable, ...]
    mention: Standardisation
    type: Standardisation
    axes: Float32
    teachers: Mapping[str, TeacherTable] = field(default_factory=lambda: EMPTY)
    negatives: Mapping[str, Negatives] = field(default_factory=lambda: EMPTY)


def principal_axes(tables: Sequence[MentionTable], own: Standardisation) -> Float32:
    """Eigenvectors of the standardised features' covariance as columns, the largest variance first: [width, width].

    Pearson 1901; Hotelling 1933.
    """
    width = len(own.mean)
    covariance = np.zeros((width, width), dtype=np.float64)
    for table in tables:
        for part in chunks(len(table.features)):
            rows = standardised(table.features[part], own).astype(np.float64)
            covariance += rows.T @ rows
    axes = np.linalg.eigh(covariance)[1][:, ::-1]
    # A sign that does not depend on the solver: the largest component of each axis is positive.
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(width)])
    return np.ascontiguousarray(axes * signs, dtype=np.float32)


def train_head(
    data: HeadData, shares: Mapping[str, Share], settings: HeadSettings, seed: int, progress: Progress
) -> Head:
    """A head for mentions (types take its layers behind `data.type`). The same seed gives the same bits on one machine.

    The learning rate goes up and down in one cycle over `steps`; every step takes one batch from every source.

    Raises:
        InvalidInput: the head would be wider than what it reads.
    """
    import torch

    if settings.width > len(data.axes):
        raise InvalidInput(f"a head of {settings.width} numbers was asked for, but its taps give {len(data.axes)}")
    generator = np.random.default_rng(seed)
    with seeded(seed):
        linear = _start(data.axes, settings.width, generator)
        descent = Descent(list(linear.parameters()), settings)
        steps = [_Step(table, data, shares[table.source], generator, settings) for table in data.tables]
        for step in range(settings.steps):
            progress("training the head", step, settings.steps)
            descent.step(lambda: torch.stack([one(linear) for one in steps]).sum())
    progress("training the head", settings.steps, settings.steps)
    return Head((layer_of(linear),), None, data.mention)


def layer_of(linear: Linear) -> Layer:
    """A trained layer as a bundle keeps it."""
    weight, bias = (np.array(part.detach().cpu().numpy(), dtype=np.float32) for part in (linear.weight, linear.bias))
    return Layer(weight, bias)


def _start(axes: Float32, width: int, generator: np.random.Generator) -> Linear:
    import torch

    rotation: NDArray[np.float64] = np.linalg.qr(generator.standard_normal((width, width)))[0]
    # Rows as long as torch makes them in a new layer, so that learning rates mean the same.
    weight = (axes[:, :width] @ rotation).T / np.sqrt(3.0)
    linear = torch.nn.Linear(len(axes), width)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(weight.astype(np.float32)))
        linear.bias.zero_()
    return linear


class _Step:
    """One source's part of every step."""

    def __init__(
        self,
        table: MentionTable,
        data: HeadData,
        share: Share,
        generator: np.random.Generator,
        settings: HeadSettings,
    ) -> None:
        self._table, self._data, self._weight = table, data, share.weight
        negatives = data.negatives.get(table.source)
        own = None if negatives is None else negatives.among(table.places)
        self._sampler = BatchSampler(table.types_of, share.shape, generator, own)
        self._generator, self._dropout = generator, settings.dropout
        self._lesson = Lesson(settings.losses, data.teachers.get(table.source))

    def __call__(self, linear: Linear) -> Tensor:
        import torch
        from torch.nn.functional import dropout, normalize

        batch = self._sampler.draw()
        mentions = torch.from_numpy(standardised(self._table.features[batch.mentions], self._data.mention))
        chosen = self._lesson.names(batch, [len(own) for own in self._table.names], self._generator)
        features = np.stack([self._table.names[type][name] for type, name in chosen])
        names = torch.from_numpy(standardised(features, self._data.type))
        own = normalize(linear(dropout(mentions, self._dropout)), dim=-1)
        carried = normalize(linear(dropout(names, self._dropout)), dim=-1)
        types = normalize(carried.mean(dim=1), dim=-1)
        return self._weight * self._lesson(own, types, batch, self._table.places, chosen)
