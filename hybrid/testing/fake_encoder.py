"""An encoder without a model: hashed words and trigrams, so that equal words give near vectors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32

import numpy as np

from hybrid.documents import Encoding, Float32, Mention, Passage, Refusal
from hybrid.encoding.checks import Span, check_spans, check_texts
from hybrid.encoding.protocol import Dimensions
from hybrid.errors import EncoderError

_WORD = re.compile(r"[^\W_]\w*")


class FakeEncoder:
    """Deterministic and fast, for tests. Satisfies every invariant of `Encoder`.

    Mentions are runs of words that begin with a capital, or with a letter of a script without capitals. A mention's
    vector is its surface and its passage in equal parts: "tyre maker" finds "Michelin" in "Michelin is a tyre maker".
    """

    name, how, calibration = "fake", "typed", None

    def __init__(self, dimensions: int = 256, window: int = 1000, *, passages: bool = True) -> None:
        """`dimensions`: width of both spaces. `window`: code points a passage. `passages`: have vectors or not."""
        self.dimensions, self.window = Dimensions(dimensions, dimensions if passages else None), window
        self.fingerprint = f"fake-{dimensions}-{window}{'' if passages else '-without-passages'}"

    def encode(self, texts: Sequence[str], spans: Sequence[Sequence[Span] | None] | None = None) -> list[Encoding]:
        """See `Encoder.encode`; letters and digits are the tokens that a span must meet."""
        check_texts(texts)
        return [self._encode(*pair) for pair in zip(texts, check_spans(texts, spans), strict=True)]

    def encode_types(self, types: Sequence[str]) -> Float32:
        """See `Encoder.encode_types`."""
        return self._texts(types)

    def encode_passages(self, texts: Sequence[str]) -> Float32:
        """See `Encoder.encode_passages`."""
        if self.dimensions.passage is None:
            raise EncoderError("the encoder has no passage vector, so there is no dense leg")
        return self._texts(texts)

    def encode_queries(self, texts: Sequence[str]) -> Float32:
        """See `Encoder.encode_queries`; the same as passages."""
        return self.encode_passages(texts)

    def _encode(self, text: str, spans: Sequence[Span] | None) -> Encoding:
        cuts = [(start, min(start + self.window, len(text))) for start in range(0, len(text), self.window)]
        bags = {start: self._bag(text[start:end]) for start, end in cuts}
        mentions, vectors, refused = [], [], []
        for start, end in _names(text) if spans is None else spans:
            bag = self._bag(text[start:end])
            if bag.any():
                mentions.append(Mention(start, end, score=1.0 if spans is None else None))
                vectors.append(_unit(bag) + _unit(bag + bags[start - start % self.window]))
            else:
                refused.append(Refusal(start, end, "no letter or digit lies within the span"))
        passages = tuple(Passage(start, end) for start, end in cuts if bags[start].any())
        has_vectors = self.dimensions.passage is not None
        passage_vectors = self._units([bags[passage.start] for passage in passages]) if has_vectors else None
        return Encoding(passages, passage_vectors, tuple(mentions), self._units(vectors), tuple(refused))

    def _texts(self, texts: Sequence[str]) -> Float32:
        check_texts(texts)
        bags = [self._bag(text) for text in texts]
        for position, bag in enumerate(bags):
            if not bag.any():
                raise EncoderError("the text holds no letter or digit", position=position)
        return self._units(bags)

    def _bag(self, text: str) -> Float32:
        """Counts of hashed words and trigrams, float32 [width]; never negative, so that no sum cancels out."""
        words = [word.lower() for word in _WORD.findall(text)]
        parts = words + [f" {word} "[at : at + 3] for word in words for at in range(len(word))]
        hashes = np.asarray([crc32(part.encode()) % self.dimensions.mention for part in parts], dtype=np.int64)
        return np.bincount(hashes, minlength=self.dimensions.mention).astype(np.float32)

    def _units(self, rows: Sequence[Float32]) -> Float32:
        return np.stack([_unit(row) for row in rows]) if rows else np.zeros((0, self.dimensions.mention), np.float32)


def _unit(row: Float32) -> Float32:
    return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


def _names(text: str) -> list[Span]:
    words = [word.span() for word in _WORD.finditer(text) if word[0][0].isalpha() and not word[0][0].islower()]
    breaks = [place for place, (a, b) in enumerate(pairwise(words), 1) if text[a[1] : b[0]] != " "]
    edges = [0, *breaks, len(words)]
    return [(words[first][0], words[last - 1][1]) for first, last in pairwise(edges) if first < last]
