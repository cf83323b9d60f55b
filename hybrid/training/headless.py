"""A tap by itself: R-Precision of a task's mentions and types as the backbone gives them, without any head.

*Plain* is the cosine of a mention's features with those of a type. *Centred*, the mean over the task's mentions is
taken from every mention first, and the mean over its types from every type: what all of them share says nothing of
their kind, and in most models it is most of a vector (Ethayarajh 2019, arXiv 1909.00512, section 4.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybrid.documents import Float32
from hybrid.encoding.features import FeatureReader
from hybrid.encoding.projection import unit
from hybrid.evaluation.task import Task
from hybrid.training.config import Progress
from hybrid.training.tables import chunked
from hybrid.training.typed import DevTable, nearest_r_precision

# Features of one chunk of texts while it is read, beside the table: 2^25 numbers of float32 are 128 MB.
NUMBERS = 2**25
CHUNKS = (32, 1_000)


@dataclass(frozen=True, slots=True)
class Scores:
    """Macro R-Precision of one tap on one task, 0..1."""

    plain: float
    centred: float


def count_mentions(task: Task) -> int:
    """Labelled spans of a task, each once in its text whatever its labels."""
    return sum(len({(span.start, span.end) for span in sentence.spans}) for sentence in task.sentences)


def read_features(task: Task, reader: FeatureReader, doing: str, progress: Progress) -> DevTable:
    """Features of a task's gold mentions and of its types, in one array that is filled text by text.

    Texts are read from the longest to the shortest, so that small chunks, which wide features need, take little
    padding.
    A span that meets no token is passed over.
    """
    texts = [sentence.text for sentence in task.sentences]
    spans = [sorted({(span.start, span.end) for span in sentence.spans}) for sentence in task.sentences]
    order = sorted((place for place in range(len(texts)) if spans[place]), key=lambda place: -len(texts[place]))
    count = sum(map(len, spans))
    mentions = np.empty((count, reader.width), dtype=np.float32)
    owner = np.empty(count, dtype=np.int64)
    where = np.empty((count, 2), dtype=np.int64)
    at = done = 0
    smallest, largest = CHUNKS
    size = min(max(NUMBERS * len(order) // max(count * reader.width, 1), smallest), largest)
    for chunk in chunked(order, size):
        progress(doing, done, len(order))
        found = reader.read([texts[place] for place in chunk], [spans[place] for place in chunk])
        for place, features in zip(chunk, found, strict=True):
            end = at + len(features.mentions)
            mentions[at:end], owner[at:end] = features.mention_features, place
            where[at:end] = [(mention.start, mention.end) for mention in features.mentions] or where[at:end]
            at = end
        done += len(chunk)
    progress(doing, done, len(order))
    return DevTable(task, mentions[:at], owner[:at], where[:at], reader.types(list(task.types.values())))


def score_tap(table: DevTable, columns: slice) -> Scores:
    """The tap that stands in `columns` of a table's features; each of the task's types is answered by some text.

    A type's vector is the mean over carriers of its unit vectors. Types are centred carrier by carrier, and where there
    is only one it stays as it is. Raises EncoderError where the backbone gave a vector without direction.
    """
    mentions, types = table.mentions[:, columns], table.types[:, :, columns]
    answers = list(table.task.answers().values())

    def r_precision(mentions: Float32, types: Float32) -> float:
        directions = unit(types.reshape(-1, types.shape[-1])).reshape(types.shape)
        scores = unit(mentions) @ directions.mean(axis=0).T
        return nearest_r_precision(scores, table.owner, len(table.task.sentences), answers)

    return Scores(r_precision(mentions, types), r_precision(_centred(mentions), _centred(types)))


def _centred(x: Float32) -> Float32:
    """[…, n, w] less the mean over n, where n is above 1."""
    return x - x.mean(axis=-2, keepdims=True) if x.shape[-2] > 1 else x
