"""How a bundle came about, as its bundle.json tells it: settings, sources, the command, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from hybrid.training.command import command_of
from hybrid.training.config import DetectorReport, SourceReport, TrainingConfig
from hybrid.training.corpora import FEW_NERD_MENTIONS
from hybrid.training.decided import told_of
from hybrid.training.material import Material
from hybrid.training.settings import TuningSettings
from hybrid.training.stopping import Kept
from hybrid.training.taught import describe_types


def describe(
    config: TrainingConfig,
    material: Material,
    sources: Sequence[SourceReport],
    found: DetectorReport | None,
    dev: Mapping[int, Mapping[str, float]],
    kept: Mapping[int, Kept],
    mean: Mapping[str, float],
) -> dict[str, Any]:
    """What bundle.json holds under `training`; `kept` by seed the steps that early stopping chose.

    `mean`: figures of the mean of all seeds, where that ships.
    """
    recipe = material.recipe
    decided = material.decided
    trained = [
        f"{own.name}: {own.mentions:,} mentions of {own.types} types in {own.texts:,} texts; "
        f"{own.published}; {own.licence}"
        for own in sources
    ]
    if found is not None:
        own, count = FEW_NERD_MENTIONS, found.texts[FEW_NERD_MENTIONS.name]
        trained.append(f"{own.name}, the detector alone: {count:,} texts; {own.published}; {own.licence}")
    measured: dict[str, Any] = {"seeds": {str(seed): _rounded(figures) for seed, figures in dev.items()}}
    if mean:
        measured["mean"] = _rounded(mean)
    if found is not None:
        measured["detector"] = _detector(found)
    if kept:
        tasks = {task.name: list(task.types) for task in material.stopping}
        steps = {str(seed): _rounded(asdict(own)) for seed, own in kept.items()}
        measured["early_stopping"] = {"tasks": tasks, "seeds": steps}
    return {
        "seed": config.seed,
        "soup": config.spread if config.soup else None,
        "zero_shot": config.zero_shot,
        "decided": None if decided is None else told_of(decided),
        "command": command_of(config),
        "teacher": config.teacher and Path(config.teacher).name,
        "sources": trained,
        "head": asdict(recipe.head),
        "shares": {name: asdict(share) for name, share in recipe.shares.items() if name in config.data},
        "tuning": None if recipe.tuning is None else asdict(_shared(recipe.tuning, config)),
        "detector": None if found is None else asdict(recipe.detector),
        "vocabulary": recipe.vocabulary,
        "measured": measured,
        "types": describe_types(material.sources),
    }


def _detector(found: DetectorReport) -> dict[str, Any]:
    return {key: round(own, 4) if isinstance(own, float) else own for key, own in asdict(found).items()}


def _shared(tuning: TuningSettings, config: TrainingConfig) -> TuningSettings:
    """The settings with the shares of the sources that were there."""
    return replace(tuning, shares={name: share for name, share in tuning.shares.items() if name in config.data})


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}
