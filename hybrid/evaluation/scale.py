"""Quality against the number of texts: the same systems on nested samples of a data set.

A sample keeps each type's share, so that R grows with the number of texts and a random order would give the same
R-Precision at every size. A curve's means are over the types that the smallest sample has an answer for: the same types
at every size. Samples may be drawn several times: then these are the types that every smallest sample has an answer
for, and a figure is the mean over the draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
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
    """A size: how many texts, R of each type in the first draw, and each system's macro means by measure.

    `draws`: the means of every draw, by seed; `systems`: their means.
    """

    texts: int
    answers: Mapping[str, int]
    draws: Mapping[int, Mapping[str, Mapping[str, float]]]

    @property
    def systems(self) -> dict[str, dict[str, float]]:
        """Each system's macro means by measure, over the draws."""
        own = list(self.draws.values())
        return {
            system: {
                name: fmean(draw[system][name] for draw in own)
                for name in values
                if all(name in draw[system] for draw in own)
            }
            for system, values in own[0].items()
        }

    def spread(self, system: str, measure: str) -> float:
        """Standard deviation over the draws; 0 of a single one."""
        return pstdev(draw[system][measure] for draw in self.draws.values())


@dataclass(frozen=True, slots=True)
class ScaleCurve:
    """A data set under one kind of mentions, by rising number of texts.

    `left_out`: types that the whole has an answer for and a smallest sample has not; no mean holds them.
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
    draws: int = 1,
    server: str | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> tuple[ScaleCurve, ...]:
    """A curve for each kind of mentions that `whole` knows: what each system gave with all texts, by label and measure.

    `sizes`: numbers of texts; those beyond the task's are left out and all of its texts are added. Without any they are
    1,000, 2,000, 4,000 … and all. `draws`: how often samples are drawn, with seeds from SEED on.

    Raises:
        HybridError: as the systems and the index do.
    """
    drawn = []
    for seed in range(SEED, SEED + draws):
        order = sampling_order(task, seed)
        samples = [sample(task, order, size) for size in _sizes(sizes, len(task.sentences))]
        values: dict[Spans, dict[str, dict[str, Values]]] = {
            spans: {samples[-1].name: dict(own)} for spans, own in whole.items()
        }
        runs = run_systems(samples[:-1], systems, encoder, spans=list(whole), server=server, progress=progress)
        for own, run in runs:
            values[run.spans].setdefault(own.name, {})[run.system] = measure(own, run.rankings)
        drawn.append(_Draw(seed, samples, values))
    return tuple(_curves(task, drawn))


def scale_to_json(curves: Iterable[ScaleCurve]) -> dict[str, Any]:
    """`{data set: {"seed", "left_out", "points": [{"texts", "R", "systems": {…}, "draws": {seed: {…}}}]}}`."""
    return {
        curve.key: {
            "seed": SEED,
            "left_out": list(curve.left_out),
            "points": [
                {
                    "texts": point.texts,
                    "R": dict(point.answers),
                    "systems": point.systems,
                    "draws": {str(seed): dict(own) for seed, own in point.draws.items()},
                }
                for point in curve.points
            ],
        }
        for curve in curves
    }


def _sizes(asked: Sequence[int], texts: int) -> tuple[int, ...]:
    return tuple(sorted({size for size in asked if size < texts} | {texts})) if asked else default_sizes(texts)


@dataclass(frozen=True, slots=True)
class _Draw:
    """Samples of one seed, the whole at the end, and by their names what systems gave, by label and measure."""

    seed: int
    samples: Sequence[Task]
    values: Mapping[Spans, Mapping[str, Mapping[str, Values]]]

    def means(self, spans: Spans, place: int, kept: Sequence[str]) -> dict[str, dict[str, float]]:
        by_system = self.values[spans][self.samples[place].name]
        return {system: macro_means([_only(found, kept)]) for system, found in by_system.items()}


def _curves(task: Task, drawn: Sequence[_Draw]) -> Iterator[ScaleCurve]:
    first = drawn[0]
    smallest = [draw.samples[0].answers() for draw in drawn]
    whole = [label for label, found in task.answers().items() if found]
    kept = [label for label in whole if all(answers[label] for answers in smallest)]
    for spans in first.values if kept else ():
        points = tuple(
            ScalePoint(
                len(own.sentences),
                {label: len(found) for label, found in own.answers().items() if label in kept},
                {draw.seed: draw.means(spans, place, kept) for draw in drawn},
            )
            for place, own in enumerate(first.samples)
            if own.name in first.values[spans]
        )
        if points:
            yield ScaleCurve(task.name, spans, points, tuple(label for label in whole if label not in kept))


def _only(values: Values, labels: Sequence[str]) -> Values:
    return {label: values[label] for label in labels}
