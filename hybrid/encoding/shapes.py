"""The shapes of words: what an uncased backbone cannot see, and names are told by.

all-MiniLM-L6-v2 and all-mpnet-base-v2 read every text in lower case, so that no state of theirs knows "us" from "US".
A tagger may be given these numbers beside a token's state. Collobert et al.: Natural Language Processing (almost) from
Scratch, JMLR 2011, 3.2.3, add the same kind of features to words that were lower-cased.

| number | 1 where the word … |
| --- | --- |
| title | begins with an upper-case letter and is not `caps` |
| caps | has two letters or more, all of them upper-case |
| inner | has an upper-case letter behind a lower-case one (iPhone) |
| digit, number | has a digit; has nothing else |
| sign | has neither letter nor digit |
| opens | is the first of the text, or of a sentence |
| tagged | follows # or @ without a space |
| before, after | the word before, after it is `title`, `caps` or `inner` |
| cased | the share of the text's words with letters that are `title`, `caps` or `inner`: 1 in a headline in capitals |
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from hybrid.documents import Float32
from hybrid.encoding.words import Index, Word, words_of

SHAPES = ("title", "caps", "inner", "digit", "number", "sign", "opens", "tagged", "before", "after", "cased")
ENDS_SENTENCE = frozenset(".!?…。！？")


def with_shapes(states: Float32, starts: Index, ends: Index, text: str) -> Float32:
    """Token states of a window float32 [t, width] to [t, width + len(SHAPES)].

    `starts`, `ends` int64 [t] are the tokens' characters in `text`. Tokens that do not begin a word have zeros: no tag
    of theirs is read.
    """
    words = words_of(starts, ends, text)
    shapes = np.zeros((len(states), len(SHAPES)), np.float32)
    shapes[[word.token for word in words]] = shapes_of(words, text)
    return np.concatenate([states, shapes], axis=1)


def shapes_of(words: Sequence[Word], text: str) -> Float32:
    """The shapes of the words of one window, float32 [words, len(SHAPES)], each 0..1; `text` is the whole text."""
    own = np.zeros((len(words), len(SHAPES)), np.float32)
    for row, word in zip(own, words, strict=True):
        row[:6] = _of_word(text[word.start : word.end])
        row[7] = text[max(word.start - 1, 0) : word.start] in {"#", "@"}
    marked = own[:, :3].max(axis=1, initial=0)
    lettered = np.array([any(sign.isalpha() for sign in text[word.start : word.end]) for word in words], dtype=bool)
    own[:, 6] = _opens(words, text)
    own[1:, 8], own[:-1, 9] = marked[:-1], marked[1:]
    own[:, 10] = marked.sum() / max(1, lettered.sum())
    return own


def _of_word(word: str) -> tuple[bool, ...]:
    letters = [sign for sign in word if sign.isalpha()]
    caps = len(letters) > 1 and all(sign.isupper() for sign in letters)
    inner = any(first.islower() and second.isupper() for first, second in pairwise(letters))
    digits = [sign.isdigit() for sign in word]
    return word[:1].isupper() and not caps, caps, inner, any(digits), all(digits), not letters and not any(digits)


def _opens(words: Sequence[Word], text: str) -> list[bool]:
    """Whether no word with a letter or digit stands between a word and the text's beginning or a sentence's end."""
    if not words:
        return []
    opens, fresh = [], text[: words[0].start].rstrip()[-1:] in {"", *ENDS_SENTENCE}
    for word in words:
        surface = text[word.start : word.end]
        opens.append(fresh and any(sign.isalnum() for sign in surface))
        if surface in ENDS_SENTENCE:
            fresh = True
        elif any(sign.isalnum() for sign in surface):
            fresh = False
    return opens
