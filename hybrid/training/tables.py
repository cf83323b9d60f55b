"""Features of a frozen backbone, read once before anything is trained: mentions of each source, types, plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from hybrid.documents import Float32
from hybrid.encoding.features import FeatureReader
from hybrid.encoding.projection import Standardisation
from hybrid.training.config import Progress, SourceReport
from hybrid.training.sources import Source

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHUNK = 1_000
SMALLEST = 1e-6

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class MentionTable:
    """One source in numbers.

    `features` float32 [m, width], a row a mention; `types_of` per mention the places of its types; `names` per type its
    features float32 [names, carriers, width]; `keys` per type its key.
    """

    source: str
    features: Float32
    types_of: tuple[tuple[int, ...], ...]
    names: tuple[Float32, ...]
    keys: tuple[str, ...]


def read_table(source: Source, reader: FeatureReader, progress: Progress) -> tuple[MentionTable, SourceReport]:
    """Read a source whole. A span that meets no token is passed over. Raises what the source and the reader raise."""
    keys = tuple(sorted(source.types))
    place = {key: at for at, key in enumerate(keys)}
    rows: list[Float32] = []
    types_of: list[tuple[int, ...]] = []
    examples = list(source.examples())
    for first, chunk in enumerate(chunked(examples, CHUNK)):
        progress(f"reading {source.name}", first * CHUNK, len(examples))
        spans = [[(span.start, span.end) for span in example.spans] for example in chunk]
        for example, found in zip(chunk, reader.read([example.text for example in chunk], spans), strict=True):
            types = {(span.start, span.end): tuple(place[key] for key in span.types) for span in example.spans}
            rows.append(found.mention_features)
            types_of += [types[mention.start, mention.end] for mention in found.mentions]
    progress(f"reading {source.name}", len(examples), len(examples))
    features = np.concatenate([np.zeros((0, reader.width), np.float32), *rows])
    names = tuple(type_features(reader, source.types[key]) for key in keys)
    seen = len({type for types in types_of for type in types})
    report = SourceReport(source.name, source.licence, source.published, len(examples), len(features), seen)
    return MentionTable(source.name, features, tuple(types_of), names, keys), report


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
    found = {word for word in map(_whole_word, sorted(tokenizer.get_vocab())) if word}
    words = sorted(found)
    if len(words) <= count:
        return words
    drawn = np.random.default_rng(seed).choice(len(words), size=count, replace=False)
    return [words[at] for at in sorted(drawn.tolist())]


def _whole_word(token: str) -> str | None:
    """WordPiece keeps a word as it is and marks what follows (##ing); BPE and SentencePiece mark the word (Ġ, ▁)."""
    found = re.fullmatch(r"[Ġ▁]?([A-Za-z]{4,})", token)
    return found[1] if found else None


def standardised(features: Float32, own: Standardisation) -> Float32:
    """(x - mean) / std, float32."""
    return np.asarray((features - own.mean) / own.std, dtype=np.float32)


def chunked(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in pieces of `size`, the last one perhaps shorter."""
    return (items[first : first + size] for first in range(0, len(items), size))


def chunks(count: int) -> Iterator[slice]:
    """Slices that together cover `count` rows, each small enough to be worked on at a time."""
    return (slice(first, first + 4096) for first in range(0, count, 4096))
