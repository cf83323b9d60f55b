"""The detector's operating point for retrieval: the threshold and margin with the best typed R-Precision.

What is best for exact spans is not best for retrieval: a surplus mention can win a text a place that it should not
have, and one with another border may do as well. So the two numbers are chosen by the mean over the DEV tasks of
R-Precision on detected mentions: of those within NOISE of the highest the ones that find the fewest mentions, since
each costs a vector. Nothing else of the detector is learned from the gold of these tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from hybrid.encoding.detection import Detector, decode
from hybrid.encoding.features import FeatureReader, Features
from hybrid.encoding.projection import Head
from hybrid.evaluation.measures import macro
from hybrid.evaluation.task import Task
from hybrid.training.config import Progress
from hybrid.training.detector import Point, Span, off_begin
from hybrid.training.tables import CHUNK, chunked
from hybrid.training.typed import nearest_r_precision, read_dev_table, type_scores

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
MARGINS = (0.0, 1.0, 2.0, 4.0)
NOISE = 0.003
POINTS: tuple[Point, ...] = tuple((threshold, margin) for threshold in THRESHOLDS for margin in MARGINS)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a point gives: R-Precision, and how many mentions it finds."""

    r_precision: float
    mentions: int


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a detector is tried with: tasks, a bundle's reader and heads, what it reads and what it passes over."""

    tasks: Sequence[Task]
    reader: FeatureReader
    mention: Sequence[Head]
    type: Sequence[Head]
    shapes: bool
    passes_over: tuple[str, ...] = ()

    def best_point(self, tagger: Head, progress: Progress) -> Point:
        """The point that the rule takes; of equal ones the first of POINTS."""
        by_task = [self.figures(task, tagger, progress) for task in self.tasks]
        together = zip(*by_task, strict=True)
        return cheapest(
            [Tried(macro(one.r_precision for one in own), sum(one.mentions for one in own)) for own in together]
        )

    def figures(self, task: Task, tagger: Head, progress: Progress) -> list[Tried]:
        """What each of POINTS gives on a task."""
        found: list[list[set[Span]]] = []
        for chunk in chunked(task.sentences, CHUNK):
            progress(f"detecting in DEV {task.name}", len(found), len(task.sentences))
            texts = [sentence.text for sentence in chunk]
            read = self.reader.read(texts, [()] * len(texts), tokens=True)
            detector = Detector(tagger, 0.0, self.shapes, self.passes_over)
            found += [detected(*pair, detector) for pair in zip(texts, read, strict=True)]
        progress(f"detecting in DEV {task.name}", len(found), len(task.sentences))
        spans = [sorted(set(chain.from_iterable(own))) for own in found]
        table = read_dev_table(task, self.reader, progress, spans)
        scores = type_scores(table, self.mention, self.type)
        rows = list(zip(table.owner.tolist(), map(tuple, table.spans.tolist()), strict=True))
        kept = np.array([[span in own for own in found[text]] for text, span in rows], dtype=bool)
        kept = kept.reshape(len(rows), len(POINTS))
        answers = [task.relevant(label) for label in task.types]
        return [
            Tried(nearest_r_precision(scores[own], table.owner[own], len(found), answers), int(own.sum()))
            for own in kept.T
        ]


def cheapest(tried: Sequence[Tried]) -> Point:
    """Of the points within NOISE of the highest R-Precision the one with the fewest mentions, the first of equal ones.

    `tried` has an entry for each of POINTS.
    """
    best = max(own.r_precision for own in tried)
    near = [at for at, own in enumerate(tried) if own.r_precision >= best - NOISE]
    return POINTS[min(near, key=lambda at: tried[at].mentions)]


def detected(text: str, read: Features, detector: Detector) -> list[set[Span]]:
    """A text's spans at each of POINTS instead of the threshold; `read` holds its windows and token states."""
    found: list[set[Span]] = [set() for _ in POINTS]
    for window, states in zip(read.windows, read.tokens, strict=True):
        logits = detector.logits(detector.inputs(states, window.starts, window.ends, text))
        for own, (threshold, margin) in zip(found, POINTS, strict=True):
            own_logits = logits - off_begin(margin)
            mentions = decode(own_logits, window.starts, window.ends, text, threshold, detector.passes_over)
            own.update((mention.start, mention.end) for mention in mentions)
    return found
