"""What a training works on: the recipe, the sources, and the tasks that it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hybrid.encoding.bundle import read_manifest
from hybrid.encoding.factory import locate
from hybrid.encoding.manifest import Manifest
from hybrid.errors import InvalidInput
from hybrid.evaluation.dev import read_dev
from hybrid.evaluation.task import Task
from hybrid.training.config import TrainingConfig
from hybrid.training.decided import open_decided
from hybrid.training.held_out import hold_out_of_all, texts_of
from hybrid.training.recipes import Recipe, find_recipe
from hybrid.training.sources import Source, open_corpora, widened
from hybrid.training.sources.synthetic import Synthetic, dev_names
from hybrid.training.stopping import EarlyStopping


@dataclass(frozen=True, slots=True)
class Material:
    """What is worked on.

    `dev`: tasks that figures are reported on; `stopping`: those that early stopping is measured on; `decided`: the
    manifest of the bundle that has chosen what is else chosen on `dev`.
    """

    recipe: Recipe
    sources: tuple[Source, ...]
    dev: tuple[Task, ...]
    stopping: tuple[Task, ...]
    decided: Manifest | None = None


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
    if config.soup and config.spread < 2:
        raise InvalidInput(f"the mean of {config.spread} seeds was asked for; expected at least 2")
    decided = open_decided(config, recipe)
    _check_teacher(config)
    corpora = open_corpora(config.data, texts_of(dev), zero_shot=config.zero_shot)
    if empty := [name for name, corpus in corpora.items() if not corpus.types]:
        raise InvalidInput(f"{empty[0]} has types of the DEV tasks alone; it trains with --no-zero-shot")
    stopping: Sequence[Task] = dev if config.early_stopping == "dev" else ()
    left_out: frozenset[str] = frozenset()
    if config.early_stopping == "held-out":
        stopping, corpora, left_out = hold_out_of_all(corpora)
    if config.early_stopping != "none" and not stopping:
        expected = "--dev" if config.early_stopping == "dev" else "a labelled corpus"
        raise InvalidInput(f"early stopping by {config.early_stopping} types needs {expected}")
    if config.zero_shot:
        left_out = left_out.union(dev_names(), (words for task in dev for words in task.types.values()))
    sources = tuple(widened(config.data, corpora, texts_of((*dev, *stopping)), left_out))
    for source in sources:
        if isinstance(source, Synthetic) and not source.types:
            raise InvalidInput(f"{source.name} holds no kind that is trained")
    return Material(recipe, sources, dev, tuple(stopping), decided)


def _stopping_early(recipe: Recipe, config: TrainingConfig) -> Recipe:
    if config.early_stopping == "none":
        return recipe
    if recipe.tuning is None:
        raise InvalidInput(f"recipe {config.recipe} leaves the backbone as it is; only a tuning is stopped early")
    if config.early_stopping == "dev" and not config.zero_shot:
        raise InvalidInput("early stopping by dev types needs a zero-shot run: here they are trained on")
    return replace(recipe, tuning=replace(recipe.tuning, early_stopping=EarlyStopping(config.early_stopping)))


def _check_teacher(config: TrainingConfig) -> None:
    """A zero-shot run learns from a zero-shot teacher alone."""
    if config.teacher is None or not config.zero_shot:
        return
    manifest = read_manifest(locate(config.teacher))
    if not (manifest.training or {}).get("zero_shot", True):
        raise InvalidInput(
            f"teacher {manifest.name} was trained on types of the DEV tasks; a zero-shot run learns none"
        )
