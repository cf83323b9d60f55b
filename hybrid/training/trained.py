"""What one seed gave: a head, and the difference of the backbone that it was trained with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hybrid.documents import EMPTY
from hybrid.encoding.features import FeatureReader
from hybrid.encoding.manifest import AdapterSpec, BackboneSpec
from hybrid.encoding.opening import read_setup
from hybrid.encoding.parts import LowRank, type_heads
from hybrid.encoding.projection import Head, Standardisation
from hybrid.evaluation.task import Task
from hybrid.training.config import Progress, TrainingConfig
from hybrid.training.recipes import Recipe
from hybrid.training.typed import read_dev_table, typed_r_precision


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A head for mentions and its difference of the backbone, by module; none where the backbone is frozen."""

    head: Head
    scale: float = 1.0
    adapter: Mapping[str, LowRank] = field(default_factory=lambda: EMPTY)

    def backbone(self, spec: BackboneSpec) -> BackboneSpec:
        """What bundle.json says of the backbone with this difference."""
        return replace(spec, adapter=AdapterSpec(self.scale, tuple(self.adapter)) if self.adapter else None)


def reader_of(trained: Trained, frozen: FeatureReader, recipe: Recipe, config: TrainingConfig) -> FeatureReader:
    """The reader that a bundle of this seed has: `frozen`, or the backbone with the difference merged."""
    if not trained.adapter:
        return frozen
    spec = trained.backbone(recipe.backbone)
    return read_setup(spec, recipe.setup(), adapter=trained.adapter, device=config.device, dtype=config.dtype)


def typed_figures(
    trained: Trained, types: Standardisation, tasks: Sequence[Task], reader: FeatureReader, progress: Progress
) -> dict[str, float]:
    """R-Precision of the typed leg with gold spans, by task and `mean`; `reader` is that of `trained`."""
    heads = type_heads([trained.head], [types])
    by_task = {
        task.name: typed_r_precision(read_dev_table(task, reader, progress), [trained.head], heads) for task in tasks
    }
    return {**by_task, "mean": sum(by_task.values()) / len(by_task)}
