"""What another bundle makes of the same mentions and types: a larger model teaches a smaller one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import Float32
from hybrid.encoding.opening import open_reader
from hybrid.encoding.parts import Bundle
from hybrid.encoding.projection import project, unit
from hybrid.training.config import Progress, TrainingConfig
from hybrid.training.remembering import RememberingReader
from hybrid.training.sampling import Batch
from hybrid.training.settings import LossSettings
from hybrid.training.sources import Source
from hybrid.training.tables import read_tables

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Distillation:
    """The student's distributions over types and over mentions brought near the teacher's.

    KL(teacher || student) of the softmax of cosine / temperature, over the types for each mention and over the mentions
    for each type; the mean of both directions. Hinton et al., Distilling the Knowledge in a Neural Network, 2015,
    section 2, without the factor for the temperature.
    """

    temperature: float = 0.07

    def __call__(self, mentions: Tensor, types: Tensor, teacher: Tensor) -> Tensor:
        """Unit mentions [m, d], unit types [t, d], the teacher's cosines [m, t]; 0 where one of them is empty."""
        from torch.nn.functional import kl_div, log_softmax

        if not teacher.numel():
            return (mentions.sum() + types.sum()) * 0.0
        student, wanted = mentions @ types.T / self.temperature, teacher / self.temperature
        by_mention, by_type = (
            kl_div(log_softmax(student, dim=dim), log_softmax(wanted, dim=dim), reduction="sum", log_target=True)
            for dim in (1, 0)
        )
        return (by_mention / len(mentions) + by_type / len(types)) / 2


@dataclass(frozen=True, slots=True, eq=False)
class TeacherTable:
    """A source as the teacher sees it, in unit vectors.

    `mentions` float32 [spans, d], a row for every span of the source in its order, zeros where `seen` bool [spans] says
    that the teacher has no token for it; `names` per type float32 [names, d].
    """

    mentions: Float32
    seen: NDArray[np.bool_]
    names: tuple[Float32, ...]

    def cosines(self, places: NDArray[np.int64], names: Sequence[tuple[int, int]]) -> tuple[Float32, NDArray[np.bool_]]:
        """Spans by their places against names by (type, name): float32 [spans, names], and which spans it sees."""
        types = np.stack([self.names[type][name] for type, name in names])
        return np.asarray(self.mentions[places] @ types.T, dtype=np.float32), self.seen[places]


class Lesson:
    """One source's loss: against its labels, and against its teacher where it has one."""

    def __init__(self, settings: LossSettings, teacher: TeacherTable | None) -> None:
        self._labels = settings.build()
        self._weight, self._teacher = settings.distillation, teacher
        self._distillation = Distillation(settings.teacher_temperature)

    def names(self, batch: Batch, counts: Sequence[int], generator: np.random.Generator) -> list[tuple[int, int]]:
        """One of each type's names at random, of as many as `counts` says: (type, name)."""
        return [(type, int(generator.integers(counts[type]))) for type in batch.types.tolist()]

    def __call__(
        self,
        mentions: Tensor,
        types: Tensor,
        batch: Batch,
        places: NDArray[np.int64],
        names: Sequence[tuple[int, int]],
    ) -> Tensor:
        """Unit mentions [m, d] and types [t, d] of a batch; `places` of all of the source's mentions, its `names`."""
        import torch

        loss = self._labels(mentions, types, torch.from_numpy(batch.positive).to(mentions.device))
        if self._teacher is None or not self._weight:
            return loss
        cosines, seen = self._teacher.cosines(places[batch.mentions], names)
        known, wanted = (torch.from_numpy(own).to(mentions.device) for own in (seen, cosines))
        return loss + self._weight * self._distillation(mentions[known], types, wanted[known])


def read_teacher(
    bundle: Bundle, sources: Sequence[Source], config: TrainingConfig, progress: Progress
) -> dict[str, TeacherTable]:
    """Every source through another bundle, by name. Raises what the bundle, the sources and the reader raise."""
    reader = open_reader(bundle, device=config.device, dtype=config.dtype)
    if config.cache is not None:
        backbone = bundle.manifest.backbone
        tuned = bundle.manifest.fingerprint if backbone.adapter is not None else None
        reader = RememberingReader(reader, backbone, config.cache, tuned)
    out = {}
    for table, _ in read_tables(sources, reader, progress):
        mentions = np.zeros((table.spans, bundle.manifest.dimensions.mention), dtype=np.float32)
        seen = np.zeros(table.spans, dtype=np.bool_)
        if len(table.features):
            mentions[table.places] = project(bundle.mention, table.features)
        seen[table.places] = True
        out[table.source] = TeacherTable(mentions, seen, _type_vectors(bundle, table.names))
    return out


def _type_vectors(bundle: Bundle, types: Sequence[Float32]) -> tuple[Float32, ...]:
    """Features of every type's names, [names, carriers, width], to unit vectors [names, d], as an encoder does."""
    if not types:
        return ()
    names = np.concatenate(types)
    count, carriers, width = names.shape
    carried = project(bundle.type, names.reshape(-1, width)).reshape(count, carriers, -1)
    vectors = unit(np.asarray(carried.mean(axis=1), dtype=np.float32))
    return tuple(np.split(vectors, np.cumsum([len(own) for own in types])[:-1]))
