"""Parts of a text that a detector passes over: addresses and user names are no words, though a tagger reads them so.

| name | what |
| --- | --- |
| addresses | web addresses that begin with a scheme or www (RFC 3986), and e-mail addresses (RFC 5322, plain ones) |
| handles | an account's name behind @, as in `@nasa` |

Tweets are full of both. Ritter et al.: Named Entity Recognition in Tweets, EMNLP 2011, leave user names out, too: what
they name is no question. Spans that are given are not touched.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hybrid.encoding.words import Word

ADDRESSES, HANDLES = "addresses", "handles"
# Of RFC 3986 all characters that may stand in an address, and Latin letters beyond ASCII, as browsers show them.
# Schemes and the names before @ are bounded, so that the time is linear in the text.
_PATTERNS = {
    ADDRESSES: r"(?:[A-Za-z][A-Za-z0-9+.-]{0,15}://|\b[Ww]{3}\.)[A-Za-z0-9\u00c0-\u024f_\-.~:/?#\[\]@!$&'()*+,;=%]+"
    r"|[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+",
    HANDLES: r"(?<![\w@])@[A-Za-z0-9_]{1,30}",
}
PASSED_OVER = tuple(_PATTERNS)
# An address that a window cuts begins before it.
REACH = 256


def passed_over(words: Sequence[Word], text: str, names: Collection[str]) -> NDArray[np.bool_]:
    """Which words of a window, in order, share a character with what has one of `names`, of PASSED_OVER: bool [words].

    `text` is the whole text; only what stands near the words is searched.
    """
    out = np.zeros(len(words), dtype=bool)
    if not words or not names:
        return out
    near = _pattern(frozenset(names)).finditer(text, max(0, words[0].start - REACH), words[-1].end)
    found = np.array([own.span() for own in near], dtype=np.int64).reshape(-1, 2)
    if not len(found):
        return out
    starts, ends = (np.array([getattr(word, edge) for word in words]) for edge in ("start", "end"))
    place = np.searchsorted(found[:, 1], starts, side="right")
    begins = np.append(found[:, 0], np.iinfo(np.int64).max)
    return np.asarray(begins[place] < ends, dtype=bool)


@cache
def _pattern(names: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(pattern for name, pattern in _PATTERNS.items() if name in names))
