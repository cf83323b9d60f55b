"""The part of a text that a hit shows."""

from __future__ import annotations

from hybrid.documents import Snippet

SNIPPET = 300
# How far a snippet's border may move to reach the border of a word.
REACH = 30


def snippet(text: str, around: tuple[int, int] | None) -> Snippet:
    """At most 300 code points with the span in their middle, else the text's start, cut between words if possible."""
    if len(text) <= SNIPPET:
        return Snippet(0, text)
    first, last = around if around is not None else (0, 0)
    last = min(last, first + SNIPPET)
    start = max(0, min(first - (SNIPPET - (last - first)) // 2, len(text) - SNIPPET))
    stop = start + SNIPPET
    if start and not text[start - 1].isspace():
        start = next((place + 1 for place in range(start, min(start + REACH, first)) if text[place].isspace()), start)
    if stop < len(text) and not text[stop].isspace():
        stop = next((place for place in range(stop - 1, max(stop - REACH, last), -1) if text[place].isspace()), stop)
    return Snippet(start, text[start:stop])
