"""What a training works on: the recipe, the sources, and the tasks that it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hybrid.errors import InvalidInput
from hybrid.evaluation.dev import read_dev
from hybrid.evaluation.task import Task
from hybrid.training.config import TrainingConfig
from hybrid.training.held_out import hold_out, texts_of
from hybrid.training.recipes import Recipe, find_recipe
from hybrid.training.sources import Source, open_corpora, widened
from hybrid.training.stopping import EarlyStopping


@dataclass(frozen=True, slots=True)
class Material:
    """`dev`: tasks that figures are reported on; `stopping`: those that early stopping is measured on."""

    recipe: Recipe
    sources: tuple[Source, ...]
    dev: tuple[Task, ...]
    stopping: tuple[Task, ...]


def open_material(config: TrainingConfig) -> Material:
    """Everything that can be checked before a model is loaded. Raises as `train`."""
    recipe = _stopping_early(find_recipe(config.recipe), config)
    dev = () if config.dev is None else read_dev(config.dev)
    if not config.data:
        raise InvalidInput("no labelled corpus was given; expected at least one name with its file or folder")
    for name in config.data:
        if name not in recipe.shares:
            known = ", ".join(recipe.shares)
            raise InvalidInput(f"recipe {config.recipe} does not train on {name!r}; it trains on {known}")
    corpora = open_corpora(config.data, texts_of(dev), zero_shot=config.zero_shot)
    asked = {words for task in dev for words in task.types.values()} if config.zero_shot else ()
    stopping: Sequence[Task] = dev if config.early_stopping == "dev" else ()
    if config.early_stopping == "held-out":
        held = {name: hold_out(corpus) for name, corpus in sorted(corpora.items())}
        corpora, stopping = {name: own.rest for name, own in held.items()}, [own.task for own in held.values()]
    if config.early_stopping != "none" and not stopping:
        expected = "--dev" if config.early_stopping == "dev" else "a labelled corpus"
        raise InvalidInput(f"early stopping by {config.early_stopping} types needs {expected}")
    return Material(recipe, tuple(widened(config.data, corpora, texts_of(dev), asked)), dev, tuple(stopping))


def _stopping_early(recipe: Recipe, config: TrainingConfig) -> Recipe:
    if config.early_stopping == "none":
        return recipe
    if recipe.tuning is None:
        raise InvalidInput(f"recipe {config.recipe} leaves the backbone as it is; only a tuning is stopped early")
    return replace(recipe, tuning=replace(recipe.tuning, early_stopping=EarlyStopping(config.early_stopping)))
