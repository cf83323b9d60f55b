"""R-Precision of the typed leg in memory: what a training looks at, since no index need be built for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import Float32
from hybrid.encoding.checks import Span
from hybrid.encoding.features import FeatureReader
from hybrid.encoding.projection import Head, project, unit
from hybrid.evaluation.legs import gold_spans
from hybrid.evaluation.measures import macro, r_precision
from hybrid.evaluation.task import Task
from hybrid.training.config import Progress
from hybrid.training.tables import CHUNK, chunked


@dataclass(frozen=True, slots=True, eq=False)
class DevTable:
    """A task in numbers.

    `mentions` float32 [m, width]: features of mentions; `owner` int64 [m]: the text of each; `spans` int64 [m, 2]: its
    place there; `types` float32 [carriers, types, width]: features of the types that are asked for.
    """

    task: Task
    mentions: Float32
    owner: NDArray[np.int64]
    spans: NDArray[np.int64]
    types: Float32


def read_dev_table(
    task: Task, reader: FeatureReader, progress: Progress, spans: Sequence[Sequence[Span]] | None = None
) -> DevTable:
    """Features of a task's types and of mentions: `spans` of every text, or None for the gold ones."""
    rows: list[Float32] = []
    counts: list[int] = []
    places: list[Span] = []
    wanted = [gold_spans(sentence) for sentence in task.sentences] if spans is None else spans
    for chunk in chunked(list(zip(task.sentences, wanted, strict=True)), CHUNK):
        progress(f"reading DEV {task.name}", len(counts), len(task.sentences))
        for found in reader.read([sentence.text for sentence, _ in chunk], [own for _, own in chunk]):
            rows.append(found.mention_features)
            counts.append(len(found.mentions))
            places += [(mention.start, mention.end) for mention in found.mentions]
    progress(f"reading DEV {task.name}", len(task.sentences), len(task.sentences))
    owner = np.repeat(np.arange(len(counts)), counts)
    where = np.array(places, dtype=np.int64).reshape(-1, 2)
    return DevTable(task, np.concatenate(rows), owner, where, reader.types(list(task.types.values())))


def typed_r_precision(table: DevTable, mention: Sequence[Head], type: Sequence[Head]) -> float:
    """Macro R-Precision over the task's types; a text counts by its nearest mention, one without mentions is last."""
    answers = [table.task.relevant(label) for label in table.task.types]
    scores = type_scores(table, mention, type)
    return nearest_r_precision(scores, table.owner, len(table.task.sentences), answers)


def type_scores(table: DevTable, mention: Sequence[Head], type: Sequence[Head]) -> Float32:
    """Cosines of mentions with the types, float32 [m, types]."""
    carriers, types, width = table.types.shape
    questions = unit(project(type, table.types.reshape(-1, width)).reshape(carriers, types, -1).mean(axis=0))
    return project(mention, table.mentions) @ questions.T


def nearest_r_precision(
    scores: Float32, owner: NDArray[np.int64], texts: int, answers: Sequence[Collection[int]]
) -> float:
    """Macro R-Precision of texts by the best score of their mentions.

    `scores` float32 [m, types], `owner` int64 [m]: the text of each mention, 0 to `texts`; `answers` the texts that
    answer each type. Texts without mentions come last, and equal ones stand in the order of the texts.
    """
    best = np.full((texts, scores.shape[1]), -np.inf, dtype=np.float32)
    np.maximum.at(best, owner, scores)
    ranked = np.argsort(-best, axis=0, kind="stable")
    return macro(r_precision(ranked[:, place].tolist(), relevant) for place, relevant in enumerate(answers))
