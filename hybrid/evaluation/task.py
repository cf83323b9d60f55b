"""A task: texts with gold mentions, and the types that are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hybrid.evaluation.conll import Sentence


@dataclass(frozen=True, slots=True)
class Task:
    """Texts with gold mentions and the types to ask for: label to words, in the order of the file.

    `ids` are the texts' ids, in their order; where there are none, a text's id is its index.
    """

    name: str
    sentences: tuple[Sentence, ...]
    types: Mapping[str, str]
    ids: tuple[str, ...] = ()

    def relevant(self, label: str) -> frozenset[int]:
        """Indexes of the texts that mention an entity of the label; their number is R."""
        return frozenset(index for index, sentence in enumerate(self.sentences) if label in sentence.labels)

    def id_of(self, index: int) -> str:
        """The id of a text."""
        return self.ids[index] if self.ids else str(index)
