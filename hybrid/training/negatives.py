"""What is hard to tell from each type of the sources, where a recipe draws such negatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hybrid.encoding.projection import Standardisation
from hybrid.training.config import Progress
from hybrid.training.hard_negatives import hard_negatives
from hybrid.training.near_misses import near_misses
from hybrid.training.recipes import Recipe
from hybrid.training.sampling import Negatives
from hybrid.training.sources import Source
from hybrid.training.tables import MentionTable


def read_negatives(
    sources: Sequence[Source],
    tables: Sequence[MentionTable],
    type: Standardisation,
    recipe: Recipe,
    progress: Progress,
) -> dict[str, Negatives]:
    """By source, what the batches of head and tuning ask for; `type` are the statistics of types.

    Raises MissingExtra where hard negatives are drawn and bm25s is not installed.
    """
    out = {}
    for source, table in zip(sources, tables, strict=True):
        shares = (recipe.shares, recipe.tuning.shares if recipe.tuning is not None else {})
        shapes = [own[source.name].shape for own in shares if source.name in own]
        near = any(shape.near_miss for shape in shapes)
        hard = any(shape.hard_negatives for shape in shapes)
        none = tuple(np.empty(0, dtype=np.int64) for _ in table.keys)
        if near or hard:
            progress(f"looking for negatives of {source.name}", 0, 0)
            words = [source.types[key] for key in table.keys]
            out[source.name] = Negatives(
                near_misses(table, words, type) if near else none, hard_negatives(source) if hard else none
            )
    return out
