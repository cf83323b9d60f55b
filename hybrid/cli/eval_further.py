"""What `hybrid eval` tells beside its tables of systems: how new types are, curves, the paper's protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from rich.table import Table as Grid
from rich.text import Text

from hybrid.cli.curve_tables import dimensions_to_text, scale_to_text
from hybrid.cli.eval_asked import Asked, numbers
from hybrid.cli.paper_tables import paper_to_text
from hybrid.cli.progress import Steps
from hybrid.cli.zero_shot_tables import zero_shot_to_text
from hybrid.encoding.local import LocalEncoder
from hybrid.encoding.protocol import Encoder
from hybrid.errors import InvalidInput
from hybrid.evaluation.by_distance import ZERO_SHOT, bucket_results, zero_shot_to_json
from hybrid.evaluation.dimensions import DIMENSIONS, dimensions_to_json, measure_widths
from hybrid.evaluation.legs import Spans
from hybrid.evaluation.paper import PAPER, measure_paper, paper_to_json
from hybrid.evaluation.plots import plot_scale, plot_widths
from hybrid.evaluation.report import Table, Values
from hybrid.evaluation.scale import SCALE, measure_scale, scale_to_json
from hybrid.evaluation.systems.protocol import System
from hybrid.evaluation.task import Task
from hybrid.evaluation.zero_shot import TrainedType, nearest_types


@dataclass(frozen=True, slots=True)
class Further:
    """A part of a report: its key and value in JSON, its tables, and its plot where it has one.

    The plot is written beside the one of types, under its name and `-KEY`.
    """

    key: str
    json: Any
    tables: tuple[Grid | Text, ...]
    plot: Callable[[Path], None] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which parts are wanted, checked: None for one that is not."""

    trained: tuple[TrainedType, ...] | None
    sizes: tuple[int, ...] | None
    widths: tuple[int, ...] | None


def wanted_parts(asked: Asked, encoder: Encoder) -> Wanted:
    """What was asked for, before anything is measured.

    Raises:
        InvalidInput: a number that is none, a width that is not below the bundle's, or sizes without `--scale`.
        BundleError: the bundle does not say what it was trained on.
    """
    sizes, widths = numbers("--sizes", asked.sizes), numbers("--dimensions", asked.dimensions)
    if sizes and not asked.scale:
        raise InvalidInput("--sizes says where --scale measures: give --scale, too")
    full = encoder.dimensions.mention
    if widths and widths[-1] > full:
        raise InvalidInput(f"--dimensions has {widths[-1]}, but the mention vectors of {encoder.name} are {full} wide")
    return Wanted(
        _trained_on(encoder) if asked.zero_shot else None, sizes if asked.scale else None, widths if widths else None
    )


def further(
    asked: Asked,
    wanted: Wanted,
    tasks: Sequence[Task],
    systems: Sequence[System],
    tables: Sequence[Table],
    encoder: Encoder,
) -> Iterator[Further]:
    """The parts that are wanted; `tables` hold what the systems gave."""
    if wanted.trained is not None:
        yield _zero_shot(tasks, tables, wanted.trained, encoder)
    with Steps(shown=not asked.quiet) as steps:
        if wanted.sizes is not None:
            yield _scale(asked, wanted.sizes, tasks, systems, tables, encoder, steps)
        if asked.paper:
            yield _paper(asked, tasks, systems, tables, encoder, steps)
        if wanted.widths is not None:
            yield _dimensions(asked, wanted.widths, tasks, encoder, steps)


def _trained_on(encoder: Encoder) -> tuple[TrainedType, ...]:
    from hybrid.training.taught import trained_types

    if not isinstance(encoder, LocalEncoder):
        raise InvalidInput(f"{encoder.name} has no manifest here that says what it was trained on")
    return trained_types(encoder.name, encoder.manifest.training)


def _zero_shot(
    tasks: Sequence[Task], tables: Sequence[Table], trained: Sequence[TrainedType], encoder: Encoder
) -> Further:
    nearest = {task.name: nearest_types(task, trained, encoder) for task in tasks}
    buckets = {
        spans: bucket_results(nearest, [table for table in tables if table.spans == spans])
        for spans in dict.fromkeys(table.spans for table in tables)
    }
    told = zero_shot_to_json(nearest, buckets, trained)
    return Further(ZERO_SHOT, told, tuple(zero_shot_to_text(nearest, buckets)))


def _scale(
    asked: Asked,
    sizes: Sequence[int],
    tasks: Sequence[Task],
    systems: Sequence[System],
    tables: Sequence[Table],
    encoder: Encoder,
    steps: Steps,
) -> Further:
    measured = (
        measure_scale(
            task, systems, encoder, _whole(task, tables), sizes=sizes, server=asked.target, progress=steps.show
        )
        for task in tasks
    )
    curves = tuple(chain.from_iterable(measured))
    lines = tuple(chain.from_iterable(map(scale_to_text, curves)))
    return Further(SCALE, scale_to_json(curves), lines, partial(plot_scale, curves))


def _paper(
    asked: Asked,
    tasks: Sequence[Task],
    systems: Sequence[System],
    tables: Sequence[Table],
    encoder: Encoder,
    steps: Steps,
) -> Further:
    measured = (
        measure_paper(task, systems, encoder, _whole(task, tables), server=asked.target, progress=steps.show)
        for task in tasks
    )
    told = tuple(chain.from_iterable(measured))
    return Further(PAPER, paper_to_json(told), tuple(chain.from_iterable(map(paper_to_text, told))))


def _whole(task: Task, tables: Sequence[Table]) -> dict[Spans, dict[str, Values]]:
    return {table.spans: {row.system: row.types for row in table.rows} for table in tables if table.name == task.name}


def _dimensions(asked: Asked, widths: Sequence[int], tasks: Sequence[Task], encoder: Encoder, steps: Steps) -> Further:
    measured = (measure_widths(task, encoder, widths, asked.spans, steps.show) for task in tasks)
    curves = tuple(chain.from_iterable(measured))
    lines = tuple(chain.from_iterable(map(dimensions_to_text, curves)))
    return Further(DIMENSIONS, dimensions_to_json(curves), lines, partial(plot_widths, curves))
