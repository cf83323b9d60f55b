"""Mentions in texts that BM25 finds for a type's words and that hold no mention of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from hybrid.evaluation.systems.bm25s import rank_texts
from hybrid.training.near_misses import shared_mentions
from hybrid.training.sampling import Int64
from hybrid.training.sources import Source
from hybrid.training.sources.protocol import Example

TEXTS = 100


def hard_negatives(source: Source, texts: int = TEXTS) -> tuple[Int64, ...]:
    """Of each type, by its key, the numbers of such spans in the first `texts` texts, the best match first.

    Left out are spans whose own words are a name of the type, or of one that it has a mention in common with: "vessel"
    in a text, where nothing says that it is a ship, is none the less no other thing.

    Raises MissingExtra where bm25s is not installed.
    """
    examples, types = list(source.examples()), source.types
    keys = sorted(types)
    ranked = rank_texts(
        [own.text for own in examples], {key: " ".join(types[key]) for key in keys}, dict.fromkeys(keys, texts)
    )
    place = {key: at for at, key in enumerate(keys)}
    marks = [[tuple(place[key] for key in span.types) for span in own.spans] for own in examples]
    shared = shared_mentions((own for text in marks for own in text), len(keys))
    called: dict[str, list[int]] = {}
    for key in keys:
        for name in types[key]:
            called.setdefault(name.casefold(), []).append(place[key])
    named = [[called.get(text, []) for text in _spans(own)] for own in examples]
    starts = [0, *accumulate(len(own) for own in marks)]
    out = []
    for type, key in enumerate(keys):
        found = [
            starts[text] + at
            for text in ranked[key].documents.tolist()
            if not any(type in own for own in marks[text])
            for at, names in enumerate(named[text])
            if not _related(type, names, shared)
        ]
        out.append(np.array(found, dtype=np.int64))
    return tuple(out)


def _spans(example: Example) -> Iterator[str]:
    return (example.text[span.start : span.end].casefold() for span in example.spans)


def _related(type: int, others: Sequence[int], shared: NDArray[np.bool_]) -> bool:
    return any(other == type or shared[type, other] for other in others)
