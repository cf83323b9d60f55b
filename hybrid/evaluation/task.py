"""A task: texts with gold mentions, the types that are asked for, and which texts answer them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hybrid.evaluation.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Task:
    """Texts with gold mentions and the types to ask for: label to words, in the order of the file.

    `ids` are the texts' ids, in their order; where there are none, a text's id is its index. `judged` are the indexes
    of the texts that answer a label where a judge said so (qrels); where it is None, a text answers a label that it has
    a mention of. A mention's label need not be asked for.
    """

    name: str
    sentences: tuple[Sentence, ...]
    types: Mapping[str, str]
    ids: tuple[str, ...] = ()
    judged: Mapping[str, frozenset[int]] | None = None

    def relevant(self, label: str) -> frozenset[int]:
        """Indexes of the texts that answer the label; their number is R."""
        if self.judged is not None:
            return self.judged.get(label, frozenset())
        return frozenset(index for index, sentence in enumerate(self.sentences) if label in sentence.labels)

    def answers(self) -> dict[str, frozenset[int]]:
        """Of every type that is asked for, what `relevant` gives, in one pass over the texts."""
        if self.judged is not None:
            return {label: self.relevant(label) for label in self.types}
        found: dict[str, set[int]] = {label: set() for label in self.types}
        for index, sentence in enumerate(self.sentences):
            for label in sentence.labels & found.keys():
                found[label].add(index)
        return {label: frozenset(indexes) for label, indexes in found.items()}

    def id_of(self, index: int) -> str:
        """The id of a text."""
        return self.ids[index] if self.ids else str(index)

    @property
    def has_mentions(self) -> bool:
        """Whether gold mentions are known; a task of judgements alone is measured with detected ones."""
        return any(sentence.spans for sentence in self.sentences)
