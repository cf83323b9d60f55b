"""Mentions on the same pass: a tagger's logits to spans of characters, and spans to labels for training it.

The tagger reads one state (`hidden@5`) for every token and gives three logits, in this order: O (outside), B (the first
word of a mention), I (a later word of one). The FIRST token of a word (`hybrid.encoding.words`) carries its label, as
in Devlin et al. 2019 (arXiv 1810.04805, 5.3), and the other tokens have none: `labels_of` marks them IGNORED, `decode`
does not read them. An input that standardises is folded into the first layer, so the bundle keeps no statistics for it.

Decoding prefers recall, since a mention that is missed can never be found and one too many only costs a vector: a
word is inside as soon as P(B) + P(I) = 1 - P(O) reaches the threshold, whatever the likeliest tag; a mention begins at
a word that is inside after one that is not, or whose P(B) exceeds its P(I). Its score is the mean of 1 - P(O) over its
words. Words that a detector passes over (`hybrid.encoding.passed_over`) are never inside.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from hybrid.documents import Float32, Mention
from hybrid.encoding.passed_over import passed_over
from hybrid.encoding.projection import Head
from hybrid.encoding.shapes import with_shapes
from hybrid.encoding.words import Index, words_of

TAGS = ("O", "B", "I")
OUTSIDE, BEGIN, INSIDE = 0, 1, 2
IGNORED = -100  # what PyTorch's cross entropy leaves out by default


def labels_of(starts: Index, ends: Index, text: str, spans: Iterable[tuple[int, int]]) -> Index:
    """Labels int64 [t] for training: O, B or I at the first token of each word, IGNORED elsewhere.

    `starts`, `ends` int64 [t] are the tokens' characters. A word belongs to a span when they share a character; of
    spans that overlap, the first in `spans` has it. The first word of a span in this window gets B.
    """
    labels = np.full(len(starts), IGNORED, dtype=np.int64)
    words = words_of(starts, ends, text)
    for word in words:
        labels[word.token] = OUTSIDE
    for start, end in spans:
        tag = BEGIN
        for word in words:
            if word.start < end and word.end > start and labels[word.token] == OUTSIDE:
                labels[word.token] = tag
                tag = INSIDE
    return labels


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """A tagger head with its threshold 0..1; with `shapes` it reads the shapes of words beside their states.

    `passes_over` are names of `hybrid.encoding.passed_over`, of what no mention is found in.
    """

    head: Head
    threshold: float
    shapes: bool = False
    passes_over: tuple[str, ...] = ()

    def inputs(self, states: Float32, starts: Index, ends: Index, text: str) -> Float32:
        """What the head reads of one window, [t, in]; `states` float32 [t, width], `starts`, `ends` int64 [t]."""
        return with_shapes(states, starts, ends, text) if self.shapes else states

    def logits(self, inputs: Float32) -> Float32:
        """Inputs float32 [n, in], of any windows, to logits float32 [n, 3] in the order of TAGS."""
        return self.head.linear(inputs)

    def mentions(self, logits: Float32, starts: Index, ends: Index, text: str) -> list[Mention]:
        """One window's mentions; see `decode`."""
        return decode(logits, starts, ends, text, self.threshold, self.passes_over)


def decode(
    logits: Float32, starts: Index, ends: Index, text: str, threshold: float, passes_over: Collection[str] = ()
) -> list[Mention]:
    """Mentions of one window, in order, not overlapping; `surface` is None, `score` is 0..1.

    `logits` float32 [t, 3] in the order of TAGS for the window's tokens, `starts`, `ends` int64 [t] their characters in
    `text`, `threshold` 0..1, `passes_over` names of `hybrid.encoding.passed_over`. A mention is trimmed (see `trim`)
    and holds at least one letter or digit.
    """
    words = words_of(starts, ends, text)
    if not words:
        return []
    probabilities = softmax(logits[[word.token for word in words]])
    entity = (1.0 - probabilities[:, OUTSIDE]).tolist()
    over = passed_over(words, text, passes_over).tolist()
    within = [own >= threshold and not without for own, without in zip(entity, over, strict=True)]
    begins = (probabilities[:, BEGIN] > probabilities[:, INSIDE]).tolist()
    mentions: list[Mention] = []
    first = 0
    while first < len(words):
        if not within[first]:
            first += 1
            continue
        last = first + 1
        while last < len(words) and within[last] and not begins[last]:
            last += 1
        start, end = trim(text, words[first].start, words[last - 1].end)
        if start < end:
            score = min(max(sum(entity[first:last]) / (last - first), 0.0), 1.0)
            mentions.append(Mention(start, end, score=score))
        first = last
    return mentions


def softmax(logits: Float32) -> Float32:
    """Probabilities along the last axis, float32."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)


# Signs that belong to a name's beginning (#hashtag, @handle, .NET, $TSLA) or end (C++, C#, 100%).
_OPENING = frozenset("#@$.£€¥&")
_CLOSING = frozenset("+#%°™®©")
_BRACKETS = {")": "(", "]": "[", "}": "{", "）": "（", "」": "「", "』": "『", "》": "《", "】": "【"}


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """`start:end` without white space and punctuation at its borders; (start, start) when no letter or digit is left.

    Kept: signs that names begin or end with, a bracket whose partner is inside, the full stop of an abbreviation.
    """
    if not any(character.isalnum() for character in text[start:end]):
        return start, start
    while _BRACKETS.get(text[end - 1]) == text[start] and text.count(text[start], start, end) == 1:
        start, end = start + 1, end - 1
    while not text[start].isalnum() and not _opens(text, start, end):
        start += 1
    while not text[end - 1].isalnum() and not _closes(text, start, end):
        end -= 1
    return start, end


def _opens(text: str, start: int, end: int) -> bool:
    sign, after = text[start], text[start + 1 : start + 2]
    if unicodedata.category(sign).startswith("M"):
        return False
    partner = next((close for close, opening in _BRACKETS.items() if opening == sign), None)
    if partner is not None:
        return partner in text[start + 1 : end]
    return sign in _OPENING and after.isalnum() and text[start - 1 : start] != sign


def _closes(text: str, start: int, end: int) -> bool:
    sign, before = text[end - 1], text[start : end - 1]
    if sign in _BRACKETS:
        return before.count(_BRACKETS[sign]) > before.count(sign)
    if unicodedata.category(sign).startswith("M"):
        return True
    if sign == ".":
        last = before.split()[-1] if before and not before[-1].isspace() else ""
        return bool(last) and last[-1].isalnum() and (len(last) <= 4 or "." in last)
    return sign in _CLOSING and bool(before) and not before[-1].isspace()
