"""What `hybrid eval` tells beside its tables of systems: how new the types are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table as Grid
from rich.text import Text

from hybrid.cli.eval_asked import Asked
from hybrid.cli.zero_shot_tables import zero_shot_to_text
from hybrid.encoding.local import LocalEncoder
from hybrid.encoding.protocol import Encoder
from hybrid.errors import InvalidInput
from hybrid.evaluation.report import Table
from hybrid.evaluation.task import Task
from hybrid.evaluation.zero_shot import (
    ZERO_SHOT,
    TrainedType,
    bucket_results,
    nearest_types,
    zero_shot_to_json,
)


@dataclass(frozen=True, slots=True)
class Further:
    """A part of a report: its key and value in JSON, its tables, and its plot where it has one.

    The plot is written beside the one of types, under its name and `-KEY`.
    """

    key: str
    json: Any
    tables: tuple[Grid | Text, ...]
    plot: Callable[[Path], None] | None = None


def trained_on(asked: Asked, encoder: Encoder) -> tuple[TrainedType, ...]:
    """The types that taught the bundle, where `--zero-shot` asks for them.

    Raises:
        BundleError: the bundle does not say.
    """
    from hybrid.training.trained import trained_types

    if not asked.zero_shot:
        return ()
    if not isinstance(encoder, LocalEncoder):
        raise InvalidInput(f"{encoder.name} has no manifest here that says what it was trained on")
    return trained_types(encoder.name, encoder.manifest.training)


def zero_shot(
    tasks: Sequence[Task], tables: Sequence[Table], trained: Sequence[TrainedType], encoder: Encoder
) -> Further:
    """How new each asked type is to the bundle, and what systems give by that."""
    nearest = {task.name: nearest_types(task, trained, encoder) for task in tasks}
    buckets = {
        spans: bucket_results(nearest, [table for table in tables if table.spans == spans])
        for spans in dict.fromkeys(table.spans for table in tables)
    }
    return Further(
        ZERO_SHOT,
        zero_shot_to_json(nearest, buckets, trained),
        tuple(zero_shot_to_text(nearest, buckets, len(trained))),
    )
