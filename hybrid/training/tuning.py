"""The backbone tuned as a low-rank difference, together with the head, from the head that was trained on it frozen.

Type names pass the tuned backbone as mentions do. Statistics stay those of the frozen backbone: the head is trained
behind them on, so nothing else would fit it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid._version import __version__
from hybrid.documents import EMPTY
from hybrid.encoding.backbone import TorchBackbone
from hybrid.encoding.features import FeatureReader
from hybrid.encoding.projection import Head, Standardisation
from hybrid.errors import InvalidFile, InvalidInput
from hybrid.evaluation.task import Task
from hybrid.training.checkpoints import Checkpoint
from hybrid.training.config import Progress, silent
from hybrid.training.descent import Descent
from hybrid.training.distillation import TeacherTable
from hybrid.training.hashing import hash_of
from hybrid.training.heads import layer_of
from hybrid.training.lowrank import LowRankDifference
from hybrid.training.run import Run
from hybrid.training.sampling import Negatives
from hybrid.training.settings import TuningSettings
from hybrid.training.stopping import BestStep
from hybrid.training.threads import seeded
from hybrid.training.tokens import TokenTable
from hybrid.training.trained import Trained, read_dev_tables, typed_figures
from hybrid.training.tuning_step import Model, Part
from hybrid.training.upper import UpperBlocks

if TYPE_CHECKING:
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
    teachers: Mapping[str, TeacherTable] = EMPTY,
    negatives: Mapping[str, Negatives] = EMPTY,
    tasks: Sequence[Task] = (),
    folder: Path | None = None,
    watch: Callable[[float], None] | None = None,
) -> Trained:
    """Tune the backbone of `reader` (which stays as it is) with `head`, one linear layer behind its statistics.

    `type` are the statistics of types; `teachers` the sources as another bundle sees them; `negatives` those of the
    sources whose batches draw some; `tasks` what early stopping measures on; `watch` is told the loss of every step.
    It is tuned on the device of `reader`. On a processor the same seed gives the same bits on one machine with as many
    threads, and so does a tuning that was cut off and goes on from what `folder` keeps; one that was finished there is
    given without a step.
    Raises InvalidInput for a head of several layers, a backbone that does not run on torch, early stopping without
    tasks, and what `LowRankDifference` and `UpperBlocks` refuse.
    """
    backbone = _torch_backbone(reader, head)
    if settings.early_stopping is not None and not tasks:
        raise InvalidInput("early stopping was asked for without tasks to measure on")
    saved = None
    if folder is not None:
        decisive = (head.standardisation, head.layers, type, reader.setup, settings, seed)
        saved = Checkpoint(folder, hash_of(_versions(), *decisive, tables, teachers, negatives, tasks))
    state = _load(saved, progress)
    if state is not None and "adapter" in state:
        return Trained.restored(state, head)
    generator, blocks = np.random.default_rng(seed), sorted(settings.blocks)
    with (
        seeded(seed, settings.threads),
        LowRankDifference(backbone, blocks, settings.rank, settings.scale, generator) as difference,
    ):
        linear = _linear(head).to(backbone.device)
        upper = UpperBlocks(backbone, reader.setup, blocks[0], half=settings.half)
        model = Model(upper, linear, head.standardisation, type)
        parts = [Part(own, settings, generator, teachers.get(own.source), negatives.get(own.source)) for own in tables]
        best = None if settings.early_stopping is None else BestStep(settings.early_stopping, settings.steps)
        descent = Descent([*difference.parameters(), *linear.parameters()], settings)
        run = Run(descent, settings.steps, best, saved)
        if state is not None:
            run.take_up(state)
            for step in range(run.done):
                progress("taking up the tuning", step, run.done)
                model.pass_over([part.draw() for part in parts])

        def measure() -> float:
            now = Trained(replace(head, layers=(layer_of(linear),)))
            return typed_figures(now, type, read_dev_tables(tasks, reader, silent))["mean"]

        for loss in run.steps(lambda: model.loss([part.draw() for part in parts]), measure):
            progress("tuning the backbone", run.done - 1, settings.steps)
            if watch is not None:
                watch(loss)
    progress("tuning the backbone", settings.steps, settings.steps)
    trained = Trained(replace(head, layers=(layer_of(linear),)), settings.scale, difference.adapter(), run.kept)
    if saved is not None:
        saved.save(trained.state())
    return trained


def _torch_backbone(reader: FeatureReader, head: Head) -> TorchBackbone:
    backbone = reader.backbone
    if not isinstance(backbone, TorchBackbone) or len(head.layers) != 1:
        raise InvalidInput("only a backbone of torch is tuned, with a head of one layer")
    return backbone


def _load(saved: Checkpoint | None, progress: Progress) -> dict[str, Any] | None:
    """What was kept of this tuning; a file that cannot be trusted is told and passed over."""
    try:
        return None if saved is None else saved.load()
    except InvalidFile as error:
        progress(f"tuning anew, for {error}", 0, 0)
        return None


def _versions() -> tuple[str, str]:
    """What else decides the bits: the code that makes them."""
    import torch

    return __version__, str(torch.__version__)


def _linear(head: Head) -> Linear:
    import torch

    (layer,) = head.layers
    linear = torch.nn.Linear(layer.weight.shape[1], layer.weight.shape[0])
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(layer.weight))
        linear.bias.copy_(torch.from_numpy(layer.bias))
    return linear
