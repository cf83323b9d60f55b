"""Quality against the number of texts: the same systems on nested samples of a data set.

A sample keeps each type's share, so that R grows with the number of texts and a random order would give the same
R-Precision at every size. A curve's means are over the types that the smallest sample has an answer for: the same types
at every size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybrid.encoding.protocol import Encoder
from hybrid.evaluation.comparison import run_systems
from hybrid.evaluation.ir import measure
from hybrid.evaluation.legs import Spans
from hybrid.evaluation.nested import SEED, default_sizes, sample, sampling_order
from hybrid.evaluation.report import Values, macro_means
from hybrid.evaluation.systems.protocol import System
from hybrid.evaluation.task import Task

SCALE = "scale"


@dataclass(frozen=True, slots=True)
class ScalePoint:
    """A sample: how many texts, R of each type, and each system's macro means by measure."""

    texts: int
    answers: Mapping[str, int]
    systems: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class ScaleCurve:
    """A data set under one kind of mentions, by rising number of texts.

    `left_out`: types that the whole has an answer for and the smallest sample has not; no mean holds them.
    """

    name: str
    spans: Spans
    points: tuple[ScalePoint, ...]
    left_out: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its name in JSON, as that of a table."""
        return self.name if self.spans == "gold" else f"{self.name}/{self.spans}"


def measure_scale(
    task: Task,
    systems: Sequence[System],
    encoder: Encoder,
    whole: Mapping[Spans, Mapping[str, Values]],
    *,
    sizes: Sequence[int] = (),
    server: str | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> tuple[ScaleCurve, ...]:
    """A curve for each kind of mentions that `whole` knows: what each system gave with all texts, by label and measure.

    `sizes`: numbers of texts; those beyond the task's are left out and all of its texts are added. Without any they are
    1,000, 2,000, 4,000 … and all.

    Raises:
        HybridError: as the systems and the index do.
    """
    order = sampling_order(task)
    samples = [sample(task, order, size) for size in _sizes(sizes, len(task.sentences))]
    values: dict[Spans, dict[str, dict[str, Values]]] = {
        spans: {samples[-1].name: dict(own)} for spans, own in whole.items()
    }
    runs = run_systems(samples[:-1], systems, encoder, spans=list(whole), server=server, progress=progress)
    for own, run in runs:
        values[run.spans].setdefault(own.name, {})[run.system] = measure(own, run.rankings)
    return tuple(_curves(task, samples, values))


def scale_to_json(curves: Iterable[ScaleCurve]) -> dict[str, Any]:
    """`{data set: {"seed": …, "left_out": […], "points": [{"texts": …, "R": {…}, "systems": {…}}]}}`."""
    return {
        curve.key: {
            "seed": SEED,
            "left_out": list(curve.left_out),
            "points": [
                {"texts": point.texts, "R": dict(point.answers), "systems": dict(point.systems)}
                for point in curve.points
            ],
        }
        for curve in curves
    }


def _sizes(asked: Sequence[int], texts: int) -> tuple[int, ...]:
    return tuple(sorted({size for size in asked if size < texts} | {texts})) if asked else default_sizes(texts)


def _curves(
    task: Task, samples: Sequence[Task], values: Mapping[Spans, Mapping[str, Mapping[str, Values]]]
) -> Iterator[ScaleCurve]:
    whole = [label for label, found in task.answers().items() if found]
    kept = [label for label, found in samples[0].answers().items() if found]
    for spans, by_sample in values.items():
        points = tuple(
            ScalePoint(
                len(own.sentences),
                {label: len(found) for label, found in own.answers().items() if label in kept},
                {system: macro_means([_only(found, kept)]) for system, found in by_sample[own.name].items()},
            )
            for own in samples
            if own.name in by_sample and kept
        )
        if points:
            yield ScaleCurve(task.name, spans, points, tuple(label for label in whole if label not in kept))


def _only(values: Values, labels: Sequence[str]) -> Values:
    return {label: values[label] for label in labels}
