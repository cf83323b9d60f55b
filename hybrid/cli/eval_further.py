"""What `hybrid eval` tells beside its tables of systems: how new types are, curves, protocols, detectors and more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from rich.table import Table as Grid
from rich.text import Text

from hybrid.cli.calibration_tables import believed_to_text
from hybrid.cli.curve_tables import dimensions_to_text, scale_to_text
from hybrid.cli.detector_tables import detectors_to_text
from hybrid.cli.eval_asked import Asked, numbers
from hybrid.cli.paper_tables import paper_to_text
from hybrid.cli.progress import Steps
from hybrid.cli.zero_shot_tables import zero_shot_to_text
from hybrid.encoding.local import LocalEncoder
from hybrid.encoding.protocol import Encoder
from hybrid.errors import InvalidInput
from hybrid.evaluation.believed import CALIBRATION, believed_to_json, measure_believed
from hybrid.evaluation.by_distance import ZERO_SHOT, bucket_results, zero_shot_to_json
from hybrid.evaluation.detectors import (
    DETECTORS,
    TaskDetector,
    detectors_to_json,
    measure_detectors,
    open_task_detector,
)
from hybrid.evaluation.dimensions import DIMENSIONS, dimensions_to_json, measure_widths
from hybrid.evaluation.legs import Spans
from hybrid.evaluation.paper import PAPER, measure_paper, paper_to_json
from hybrid.evaluation.plots import plot_scale, plot_widths
from hybrid.evaluation.report import Table, Values
from hybrid.evaluation.scale import SCALE, measure_scale, scale_to_json
from hybrid.evaluation.systems.factory import split_names
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
    detectors: tuple[TaskDetector, ...] | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What the parts go on from: what was asked, and the tables of what the systems gave on the tasks."""

    asked: Asked
    tasks: Sequence[Task]
    systems: Sequence[System]
    tables: Sequence[Table]
    encoder: Encoder

    def whole(self, task: Task) -> dict[Spans, dict[str, Values]]:
        """What each system gave on all texts of a task, by kind of mentions."""
        return {
            table.spans: {row.system: row.types for row in table.rows}
            for table in self.tables
            if table.name == task.name
        }


def wanted_parts(asked: Asked, encoder: Encoder) -> Wanted:
    """What was asked for, before anything is measured.

    Raises:
        InvalidInput: a number that is none, a width that is above the bundle's, sizes or draws without `--scale`,
            `--calibration` of a bundle that is not calibrated, or a detector that is none.
        BundleError: the bundle does not say what it was trained on, or a detector's model is not there.
        MissingExtra: a detector's package is not installed.
    """
    sizes, widths = numbers("--sizes", asked.sizes), numbers("--dimensions", asked.dimensions)
    if sizes and not asked.scale:
        raise InvalidInput("--sizes says where --scale measures: give --scale, too")
    if asked.draws > 1 and not asked.scale:
        raise InvalidInput("--draws says how often --scale draws samples: give --scale, too")
    if asked.calibration and encoder.calibration is None:
        raise InvalidInput(f"{encoder.name} is not calibrated; `hybrid bundle calibrate FOLDER` does that")
    if asked.detectors_typed and asked.detectors is None:
        raise InvalidInput("--detectors-typed says what is told of --detectors: give these, too")
    full = encoder.dimensions.mention
    if widths and widths[-1] > full:
        raise InvalidInput(f"--dimensions has {widths[-1]}, but the mention vectors of {encoder.name} are {full} wide")
    return Wanted(
        trained=_trained_on(encoder) if asked.zero_shot else None,
        sizes=sizes if asked.scale else None,
        widths=widths if widths else None,
        detectors=None if asked.detectors is None else tuple(map(open_task_detector, split_names(asked.detectors))),
    )


def further(wanted: Wanted, measured: Measured) -> Iterator[Further]:
    """The parts that are wanted."""
    asked = measured.asked
    if wanted.trained is not None:
        yield _zero_shot(measured, wanted.trained)
    with Steps(shown=not asked.quiet) as steps:
        if wanted.sizes is not None:
            yield _scale(measured, wanted.sizes, steps)
        if asked.paper:
            yield _paper(measured, steps)
        if wanted.widths is not None:
            yield _dimensions(measured, wanted.widths, steps)
        if asked.calibration:
            yield _calibration(measured, steps)
        if wanted.detectors is not None:
            yield _detectors(measured, wanted.detectors, steps)


def _trained_on(encoder: Encoder) -> tuple[TrainedType, ...]:
    from hybrid.training.taught import trained_types

    if not isinstance(encoder, LocalEncoder):
        raise InvalidInput(f"{encoder.name} has no manifest here that says what it was trained on")
    return trained_types(encoder.name, encoder.manifest.training)


def _zero_shot(measured: Measured, trained: Sequence[TrainedType]) -> Further:
    tables = measured.tables
    nearest = {task.name: nearest_types(task, trained, measured.encoder) for task in measured.tasks}
    buckets = {
        spans: bucket_results(nearest, [table for table in tables if table.spans == spans])
        for spans in dict.fromkeys(table.spans for table in tables)
    }
    told = zero_shot_to_json(nearest, buckets, trained)
    return Further(ZERO_SHOT, told, tuple(zero_shot_to_text(nearest, buckets)))


def _scale(measured: Measured, sizes: Sequence[int], steps: Steps) -> Further:
    asked = measured.asked
    by_task = (
        measure_scale(
            task,
            measured.systems,
            measured.encoder,
            measured.whole(task),
            sizes=sizes,
            draws=asked.draws,
            server=asked.target,
            progress=steps.show,
        )
        for task in measured.tasks
    )
    curves = tuple(chain.from_iterable(by_task))
    lines = tuple(chain.from_iterable(map(scale_to_text, curves)))
    return Further(SCALE, scale_to_json(curves), lines, partial(plot_scale, curves))


def _paper(measured: Measured, steps: Steps) -> Further:
    systems, encoder, server = measured.systems, measured.encoder, measured.asked.target
    by_task = (
        measure_paper(task, systems, encoder, measured.whole(task), server=server, progress=steps.show)
        for task in measured.tasks
    )
    told = tuple(chain.from_iterable(by_task))
    return Further(PAPER, paper_to_json(told), tuple(chain.from_iterable(map(paper_to_text, told))))


def _dimensions(measured: Measured, widths: Sequence[int], steps: Steps) -> Further:
    spans = measured.asked.spans
    by_task = (measure_widths(task, measured.encoder, widths, spans, steps.show) for task in measured.tasks)
    curves = tuple(chain.from_iterable(by_task))
    lines = tuple(chain.from_iterable(map(dimensions_to_text, curves)))
    return Further(DIMENSIONS, dimensions_to_json(curves), lines, partial(plot_widths, curves))


def _calibration(measured: Measured, steps: Steps) -> Further:
    told = {
        task.name: measure_believed(task, measured.encoder, steps.show) for task in measured.tasks if task.has_mentions
    }
    return Further(CALIBRATION, believed_to_json(told), tuple(believed_to_text(told)))


def _detectors(measured: Measured, detectors: Sequence[TaskDetector], steps: Steps) -> Further:
    encoder = measured.encoder if measured.asked.detectors_typed else None
    tables = tuple(measure_detectors(measured.tasks, detectors, encoder, steps.show))
    return Further(DETECTORS, detectors_to_json(tables), tuple(chain.from_iterable(map(detectors_to_text, tables))))
