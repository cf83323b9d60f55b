"""Texts to words for the packages that score BM25 by themselves: as the lexical leg cuts and stems them."""

from __future__ import annotations

from collections.abc import Sequence

from hybrid.encoding.extras import require


def stemmed(texts: Sequence[str]) -> list[list[str]]:
    """The words of each text as the lexical leg has them, English stems.

    Raises:
        MissingExtra: the embedded engine's packages are not installed.
    """
    require("cutting texts into words", "local", "regex", "Stemmer")
    from hybrid.engines.embedded.analysis import Analyzer

    analyze = Analyzer()
    return [analyze(text) for text in texts]
