"""Tokens to words: a word is a run of letters, digits and marks without a break, each ideograph or kana and each other
sign by itself. Offsets are code points of the text.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Word:
    """`token`: the word's first token in its window; characters `start:end` of the text, as far as tokens reach."""

    token: int
    start: int
    end: int


def words_of(starts: Index, ends: Index, text: str) -> list[Word]:
    """The words of a window; `starts`, `ends` int64 [t] are its tokens' characters in `text` (see spans.Window).

    Tokens that stand for no character (ends <= starts) are in no word.
    """
    words: list[Word] = []
    for token, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        if end <= start:
            continue
        if words and start <= words[-1].end and (start < words[-1].end or _joined(text[start - 1], text[start])):
            words[-1] = Word(words[-1].token, words[-1].start, max(end, words[-1].end))
        else:
            words.append(Word(token, start, end))
    return words


def _joined(before: str, after: str) -> bool:
    """Whether two characters side by side are of one word."""
    return _wordly(before) and _wordly(after)


def _wordly(character: str) -> bool:
    if character.isascii():
        return character.isalnum()
    if _stands_alone(ord(character)):
        return False
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _stands_alone(code: int) -> bool:
    """Scripts without spaces, where a token is as good as a word: Chinese, Japanese, Thai, Lao, Khmer, Burmese."""
    return (
        0x0E00 <= code <= 0x0EFF
        or 0x1000 <= code <= 0x109F
        or 0x1780 <= code <= 0x17FF
        or 0x2E80 <= code <= 0x31FF
        or 0x3400 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3FFFF
    )
