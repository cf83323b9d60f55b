"""What one seed gave: a head, and the difference of the backbone that it was trained with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hybrid.documents import EMPTY
from hybrid.encoding.features import FeatureReader
from hybrid.encoding.manifest import AdapterSpec, BackboneSpec
from hybrid.encoding.opening import read_setup
from hybrid.encoding.parts import LowRank, type_heads
from hybrid.encoding.projection import Head, Layer, Standardisation
from hybrid.evaluation.task import Task
from hybrid.training.config import Progress, TrainingConfig
from hybrid.training.recipes import Recipe
from hybrid.training.stopping import Kept
from hybrid.training.typed import DevTable, read_dev_table, typed_r_precision


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A head for mentions and its difference of the backbone, by module; none where the backbone is frozen.

    `kept` is the step that early stopping chose.
    """

    head: Head
    scale: float = 1.0
    adapter: Mapping[str, LowRank] = field(default_factory=lambda: EMPTY)
    kept: Kept | None = None

    def backbone(self, spec: BackboneSpec) -> BackboneSpec:
        """What bundle.json says of the backbone with this difference."""
        return replace(spec, adapter=AdapterSpec(self.scale, tuple(self.adapter)) if self.adapter else None)

    def state(self) -> dict[str, Any]:
        """What `restored` makes it of again, in tensors and plain values."""
        import torch

        layers = [(torch.from_numpy(own.weight), torch.from_numpy(own.bias)) for own in self.head.layers]
        adapter = {name: (torch.from_numpy(own.a), torch.from_numpy(own.b)) for name, own in self.adapter.items()}
        kept = None if self.kept is None else (self.kept.step, self.kept.score)
        return {"layers": layers, "scale": self.scale, "adapter": adapter, "kept": kept}

    @classmethod
    def restored(cls, state: Mapping[str, Any], head: Head) -> Trained:
        """What gave `state`; `head` is the one that it was tuned from."""
        layers = tuple(Layer(weight.numpy(), bias.numpy()) for weight, bias in state["layers"])
        adapter = {name: LowRank(a.numpy(), b.numpy()) for name, (a, b) in state["adapter"].items()}
        kept = None if state["kept"] is None else Kept(*state["kept"])
        return cls(replace(head, layers=layers), state["scale"], adapter, kept)


def reader_of(trained: Trained, frozen: FeatureReader, recipe: Recipe, config: TrainingConfig) -> FeatureReader:
    """The reader that a bundle of this seed has: `frozen`, or the backbone with the difference merged."""
    if not trained.adapter:
        return frozen
    spec = trained.backbone(recipe.backbone)
    return read_setup(spec, recipe.setup(), adapter=trained.adapter, device=config.device, dtype=config.dtype)


def read_dev_tables(tasks: Sequence[Task], reader: FeatureReader, progress: Progress) -> list[DevTable]:
    """The tasks with gold spans, as `reader` gives their features."""
    return [read_dev_table(task, reader, progress) for task in tasks]


def typed_figures(trained: Trained, types: Standardisation, tables: Sequence[DevTable]) -> dict[str, float]:
    """R-Precision of the typed leg, by task and `mean`; `tables` are as the reader of `trained` gives them."""
    heads = type_heads([trained.head], [types])
    by_task = {table.task.name: typed_r_precision(table, [trained.head], heads) for table in tables}
    return {**by_task, "mean": sum(by_task.values()) / len(by_task)}


def figures_by_seed(
    trained: Mapping[int, Trained],
    readers: Mapping[int, FeatureReader],
    types: Standardisation,
    tasks: Sequence[Task],
    progress: Progress,
) -> dict[int, dict[str, float]]:
    """What `typed_figures` gives each seed; what is read with one reader is read once."""
    figures: dict[int, dict[str, float]] = {}
    read: tuple[FeatureReader, list[DevTable]] | None = None
    for seed, own in trained.items():
        if read is None or read[0] is not readers[seed]:
            read = readers[seed], read_dev_tables(tasks, readers[seed], progress)
        figures[seed] = typed_figures(own, types, read[1])
    return figures
