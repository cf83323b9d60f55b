"""A mention's text alone, encoded as a passage, against the type's words: what the context adds is what this lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hybrid.evaluation.collection import Collection
from hybrid.evaluation.runs import Ranking, Span
from hybrid.evaluation.systems.nearest import rank_by_mentions


@dataclass(frozen=True, slots=True)
class SurfaceSystem:
    """See the module. The passage vector is the bundle's; a surface without a letter or digit is left out."""

    name: str
    reads_mentions: bool = True
    reads_passages: bool = True

    def rank(self, collection: Collection, types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
        """See `System.rank`.

        Raises:
            EncoderError: the bundle has no passage vector.
        """
        spans = [_worded(text, own) for text, own in zip(collection.texts, collection.mentions, strict=True)]
        surfaces = [text[start:end] for text, own in zip(collection.texts, spans, strict=True) for start, end in own]
        different = {surface: place for place, surface in enumerate(dict.fromkeys(surfaces))}
        vectors = collection.encoder.encode_passages(list(different))
        rows = np.array([different[surface] for surface in surfaces], dtype=np.int64)
        asked = collection.encoder.encode_queries(list(types.values()))
        return rank_by_mentions(spans, vectors[rows], list(types), asked, depth)


def _worded(text: str, spans: tuple[Span, ...]) -> list[Span]:
    return [(start, end) for start, end in spans if any(character.isalnum() for character in text[start:end])]
