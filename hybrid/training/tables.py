"""Features of a frozen backbone, read once before anything is trained: mentions of each source, types, plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import Float32
from hybrid.encoding.checks import Span
from hybrid.encoding.features import FeatureReader
from hybrid.encoding.projection import Standardisation
from hybrid.training.config import Progress, SourceReport
from hybrid.training.sources import Source

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHUNK = 1_000
SMALLEST = 1e-6
BEGINS_WORD = ("Ġ", "▁")
_WHOLE = re.compile(r"[A-Za-z]{4,}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class MentionTable:
    """One source in numbers.

    `features` float32 [m, width], a row a mention that has a type; `types_of` per mention the places of its types;
    `names` per type its features float32 [names, carriers, width]; `keys` per type its key; `places` int64 [m]: which
    of the source's `spans` spans each mention is.
    """

    source: str
    features: Float32
    types_of: tuple[tuple[int, ...], ...]
    names: tuple[Float32, ...]
    keys: tuple[str, ...]
    places: NDArray[np.int64]
    spans: int


def read_tables(
    sources: Sequence[Source], reader: FeatureReader, progress: Progress
) -> list[tuple[MentionTable, SourceReport]]:
    """Read sources whole, a text that several of them hold once; a span that meets no token is passed over.

    What is read at once is of one source, so that a reader that remembers reads nothing anew for a source that is added
    with texts of its own.

    Raises what the sources and the reader raise.
    """
    wanted: dict[str, dict[Span, int]] = {}
    texts: list[list[str]] = []
    for source in sources:
        new = []
        for example in source.examples():
            if example.text not in wanted:
                new.append(example.text)
            wanted.setdefault(example.text, {}).update(((span.start, span.end), -1) for span in example.spans)
        texts.append(new)
    rows = [np.zeros((0, reader.width), np.float32)]
    done = count = 0
    for chunk in chain.from_iterable(chunked(new, CHUNK) for new in texts):
        progress("reading texts", done, len(wanted))
        for text, found in zip(chunk, reader.read(chunk, [list(wanted[text]) for text in chunk]), strict=True):
            for mention in found.mentions:
                wanted[text][mention.start, mention.end] = count
                count += 1
            rows.append(found.mention_features)
        done += len(chunk)
    progress("reading texts", len(wanted), len(wanted))
    features = np.concatenate(rows)
    return [_table(source, wanted, features, reader, progress) for source in sources]


def _table(
    source: Source,
    places: Mapping[str, Mapping[Span, int]],
    features: Float32,
    reader: FeatureReader,
    progress: Progress,
) -> tuple[MentionTable, SourceReport]:
    """One source's part of what was read; `places` has the rows of spans, -1 for one that meets no token."""
    types = source.types
    keys = tuple(sorted(types))
    number = {key: at for at, key in enumerate(keys)}
    examples = list(source.examples())
    found = [
        (places[example.text][span.start, span.end], tuple(number[key] for key in span.types))
        for example in examples
        for span in example.spans
    ]
    kept = np.array([at for at, (row, own) in enumerate(found) if row >= 0 and own], dtype=np.int64)
    types_of = tuple(found[at][1] for at in kept)
    seen = len({type for own in types_of for type in own})
    report = SourceReport(source.name, source.licence, source.published, len(examples), len(kept), seen)
    own = features[np.array([found[at][0] for at in kept], dtype=np.int64)]
    names = _names(source, keys, reader, progress)
    return MentionTable(source.name, own, types_of, names, keys, kept, len(found)), report


def _names(source: Source, keys: Sequence[str], reader: FeatureReader, progress: Progress) -> tuple[Float32, ...]:
    """Features of every type's names, all read together: most are a word or two."""
    types = source.types
    counts = [len(types[key]) for key in keys]
    words = [name for key in keys for name in types[key]]
    rows = [np.zeros((0, len(reader.setup.carriers), reader.width), np.float32)]
    for chunk in chunked(words, CHUNK):
        progress(f"reading types of {source.name}", sum(map(len, rows)), len(words))
        rows.append(type_features(reader, chunk))
    return tuple(np.split(np.concatenate(rows), np.cumsum(counts)[:-1])) if counts else ()


def type_features(reader: FeatureReader, types: Sequence[str]) -> Float32:
    """Features of types in words, behind each carrier: float32 [n, carriers, width]."""
    return np.ascontiguousarray(reader.types(types).swapaxes(0, 1))


def statistics(features: Iterable[Float32]) -> Standardisation:
    """Mean and standard deviation a dimension over the rows of arrays [n, width]; a constant dimension gets 1e-6."""
    count, total, squares = 0, np.float64(0), np.float64(0)
    for rows in features:
        wide = rows.astype(np.float64)
        count, total, squares = count + len(wide), total + wide.sum(axis=0), squares + np.square(wide).sum(axis=0)
    mean = np.asarray(total / count)
    std = np.sqrt(np.maximum(np.asarray(squares / count) - mean**2, 0.0))
    return Standardisation(mean.astype(np.float32), np.maximum(std, SMALLEST).astype(np.float32))


def plain_words(tokenizer: Tokenizer, count: int, seed: int) -> list[str]:
    """Words that the tokenizer knows whole, of at least four ASCII letters, drawn by a seed, sorted.

    They stand for what types are called in words. Nothing is learned from them but a mean and a deviation.
    """
    vocabulary = tokenizer.get_vocab()
    # BPE and SentencePiece mark a word's first token (Ġ, ▁), WordPiece the others (##), which hold no letters alone.
    marked = [token for token in vocabulary if token[:1] in BEGINS_WORD and _WHOLE.fullmatch(token[1:])]
    words = sorted({token[1:] for token in marked} or {token for token in vocabulary if _WHOLE.fullmatch(token)})
    if len(words) <= count:
        return words
    drawn = np.random.default_rng(seed).choice(len(words), size=count, replace=False)
    return [words[at] for at in sorted(drawn.tolist())]


def standardised(features: Float32, own: Standardisation) -> Float32:
    """(x - mean) / std, float32."""
    return np.asarray((features - own.mean) / own.std, dtype=np.float32)


def chunked(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in pieces of `size`, the last one perhaps shorter."""
    return (items[first : first + size] for first in range(0, len(items), size))


def chunks(count: int) -> Iterator[slice]:
    """Slices that together cover `count` rows, each small enough to be worked on at a time."""
    return (slice(first, first + 4096) for first in range(0, count, 4096))
