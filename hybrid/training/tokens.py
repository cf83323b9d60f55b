"""A source as token ids: what the backbone is tuned on, read once and cut as `FeatureReader` cuts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybrid.encoding.features import FeatureReader
from hybrid.encoding.spans import locate, tokenize
from hybrid.errors import InvalidInput, shorten
from hybrid.training.config import Progress
from hybrid.training.sources import Source
from hybrid.training.tables import CHUNK, chunked

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """The tokens `first:end` of a window, whose token ids are `ids` int64 [t]."""

    ids: Int64
    first: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class TokenTable:
    """One source in tokens.

    `mentions` are its mentions, those of a window one after another; `window` int64 [m] tells which are in one.
    `types_of` per mention the places of its types; `names` per type its names, each behind every carrier; `places`
    int64 [m]: which of the source's spans each mention is.
    """

    source: str
    mentions: tuple[Piece, ...]
    window: Int64
    types_of: tuple[tuple[int, ...], ...]
    names: tuple[tuple[tuple[Piece, ...], ...], ...]
    places: Int64


def read_tokens(source: Source, reader: FeatureReader, progress: Progress) -> TokenTable:
    """Cut a source into tokens; a span that meets no token is passed over. Raises as the source and spans.py do."""
    types = source.types
    keys = tuple(sorted(types))
    place = {key: at for at, key in enumerate(keys)}
    mentions: list[Piece] = []
    window: list[int] = []
    types_of: list[tuple[int, ...]] = []
    places: list[int] = []
    examples = list(source.examples())
    count = spans_before = 0
    for first, chunk in enumerate(chunked(examples, CHUNK)):
        progress(f"cutting {source.name}", first * CHUNK, len(examples))
        spans = [[(span.start, span.end) for span in example.spans] for example in chunk]
        found = _pieces([example.text for example in chunk], spans, reader)
        for example, pieces in zip(chunk, found, strict=True):
            kept = [(number, at, piece) for at, (number, piece) in enumerate(pieces) if piece is not None]
            for number, at, piece in sorted(kept, key=lambda own: own[:2]):
                mentions.append(piece)
                window.append(count + number)
                types_of.append(tuple(place[key] for key in example.spans[at].types))
                places.append(spans_before + at)
            count += 1 + max((number for number, _, _ in kept), default=0)
            spans_before += len(example.spans)
    progress(f"cutting {source.name}", len(examples), len(examples))
    names = _names([types[key] for key in keys], reader)
    return TokenTable(
        source.name, tuple(mentions), np.array(window, np.int64), tuple(types_of), names, np.array(places, np.int64)
    )


def _names(types: Sequence[Sequence[str]], reader: FeatureReader) -> tuple[tuple[tuple[Piece, ...], ...], ...]:
    """Per type and name its carriers."""
    carriers = reader.setup.carriers
    texts = [carrier.replace("{type}", name) for names in types for name in names for carrier in carriers]
    found: list[Piece] = []
    for chunk in chunked(texts, CHUNK):
        for (_, piece), *_ in _pieces(chunk, [[(0, len(text))] for text in chunk], reader):
            if piece is None:
                raise InvalidInput(f"the type {shorten(texts[len(found)])} meets no token")
            found.append(piece)
    each = iter([tuple(found[at : at + len(carriers)]) for at in range(0, len(found), len(carriers))])
    return tuple(tuple(next(each) for _ in names) for names in types)


def _pieces(
    texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]], reader: FeatureReader
) -> Iterator[list[tuple[int, Piece | None]]]:
    """Per text its spans, each as the number of its window and the piece; None where it meets no token."""
    for windows, own in zip(tokenize(texts, reader.tokenizer, reader.setup.windows), spans, strict=True):
        found = locate(windows, own)
        places = zip(found.windows.tolist(), found.starts.tolist(), found.ends.tolist(), strict=True)
        yield [
            (number, None if number < 0 else Piece(windows[number].ids, first, end)) for number, first, end in places
        ]
