"""Gold mentions against the types of a task: cosines, and whether the mention is of the type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import Float32
from hybrid.encoding.protocol import Encoder
from hybrid.errors import InvalidInput
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.dimensions import encode_mentions
from hybrid.evaluation.questions import centred_types
from hybrid.evaluation.task import Task

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Every gold mention that has a vector with every type that is asked for.

    `cosines` float32 [mentions, types]; `right` bool [mentions, types]: an annotator gave the mention that label;
    `owner` int64 [mentions], never falling: the text of each; `asked` float32 [mentions, types]: cosines with the types
    as the typed leg asks them, centred, by which texts are ranked; None where they are the same.
    """

    task: str
    cosines: Float32
    right: Bools
    owner: NDArray[np.int64]
    asked: Float32 | None = None

    def shown(self) -> Bools:
        """[mentions, types]: the pairs that someone sees who asks for each type and reads the first R texts.

        Of each such text the best mention (several where they are equal); R texts have a mention of the type.
        """
        firsts = np.flatnonzero(np.diff(self.owner, prepend=-1))
        counts = np.diff(firsts, append=len(self.owner))
        best = np.maximum.reduceat(self.cosines, firsts)
        ranked = best if self.asked is None else np.maximum.reduceat(self.asked, firsts)
        answers = np.logical_or.reduceat(self.right, firsts).sum(axis=0)
        ranks = np.argsort(np.argsort(-ranked, axis=0, kind="stable"), axis=0)
        wins = self.cosines == np.repeat(best, counts, axis=0)
        return np.asarray(wins & np.repeat(ranks < answers, counts, axis=0))


def read_pairs(task: Task, encoder: Encoder, progress: Callable[[str, int, int], None] = lambda *_: None) -> Pairs:
    """The pairs of a task; mentions are encoded once, nothing is indexed.

    Raises:
        InvalidInput: the task has no gold mention with a vector, or no type.
        EncoderError: a text or a type cannot be encoded.
    """
    with Collection(task, "gold", encoder) as collection:
        kept, vectors = encode_mentions(
            encoder, collection.texts, collection.mentions, f"encoding {task.name}", progress
        )
    if not len(vectors) or not task.types:
        raise InvalidInput(f"{task.name} has no gold mentions of types that are asked for")
    owner = np.repeat(np.arange(len(kept)), [len(own) for own in kept])
    right = [
        [(start, end, label) in marked for label in task.types]
        for sentence, own in zip(task.sentences, kept, strict=True)
        for marked in [{(span.start, span.end, span.label) for span in sentence.spans}]
        for start, end in own
    ]
    types = encoder.encode_types(list(task.types.values()))
    asked = vectors @ centred_types(encoder, types, vectors).T
    return Pairs(task.name, vectors @ types.T, np.array(right, dtype=np.bool_), owner, asked)
