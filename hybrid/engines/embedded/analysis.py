"""Text to the tokens of the lexical leg: OpenSearch's char_group + lowercase + snowball, in Python.

Compared with `_analyze` of OpenSearch 3.6 on real and odd texts. tantivy gets the result joined by spaces and splits it
at white space only, so both engines count the same tokens and BM25 agrees.
"""

from __future__ import annotations

import threading
from typing import Literal

import regex
import Stemmer

MAX_TOKEN = 255

# Words that Lucene's English Snowball leaves longer than PyStemmer's ("ad").
EXCEPTIONS = {"add": "add", "adds": "add", "added": "add", "adding": "add"}


class Analyzer:
    """Splits, lower-cases and stems; may be shared between threads."""

    def __init__(self, language: Literal["english", "none"] = "english") -> None:
        self._words = regex.compile(rf"[^\p{{White_Space}}\x1c-\x1f\p{{P}}\p{{S}}]{{1,{MAX_TOKEN}}}")
        self._stemmer = Stemmer.Stemmer("english") if language == "english" else None
        # A stemmer is not thread-safe: it has one buffer and a cache.
        self._lock = threading.Lock()

    def __call__(self, text: str) -> list[str]:
        """Tokens in order, none empty, none with white space, at most 255 characters each before stemming."""
        words: list[str] = self._words.findall(lower(text))
        if self._stemmer is None or not words:
            return words
        with self._lock:
            stems: list[str] = self._stemmer.stemWords(words)
        if EXCEPTIONS.keys().isdisjoint(words):
            return stems
        return [EXCEPTIONS.get(word, stem) for word, stem in zip(words, stems, strict=True)]


def lower(text: str) -> str:
    """Lower case code point by code point, the length unchanged, as Java's `Character.toLowerCase`.

    `str.lower` differs in two places: it makes two code points of U+0130 and looks at a sigma's neighbours.
    """
    return text.replace("\u0130", "i").replace("\u03a3", "\u03c3").lower()
