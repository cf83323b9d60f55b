"""Mentions that were found in windows that overlap: each is taken from the one where it has most context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hybrid.documents import Mention
from hybrid.encoding.spans import Window, locate


@dataclass(frozen=True, slots=True)
class Placed:
    """A mention with its tokens `first:end` in its window and its context, the smaller number of tokens beside it."""

    mention: Mention
    first: int
    end: int
    context: int


def placed(windows: Sequence[Window], number: int, mentions: Sequence[Mention]) -> list[Placed]:
    """Of the mentions found in window `number`, those that have their most context there; a neighbour has the others.

    `windows` are all those of the text.
    """
    # Windows overlap by half at most, so none beyond the next but one can hold a span of this one.
    first_near = max(number - 2, 0)
    located = locate(windows[first_near : number + 3], [(mention.start, mention.end) for mention in mentions])
    count = len(windows[number].ids)
    return [
        Placed(mention, first, end, min(first, count - end))
        for mention, window, first, end in zip(
            mentions, located.windows.tolist(), located.starts.tolist(), located.ends.tolist(), strict=True
        )
        if first_near + window == number
    ]


def without_overlaps(mentions: Sequence[tuple[Mention, int]]) -> list[int]:
    """Places of the mentions that stay, by start: of two that overlap, the one with more context, then score, length.

    Each mention comes with its context, the smaller number of tokens on its sides in the window that it was found in;
    only mentions from different windows can overlap.
    """

    def worth(place: int) -> tuple[int, float, int]:
        mention, context = mentions[place]
        return context, mention.score or 0.0, mention.end - mention.start

    kept: list[int] = []
    for place in sorted(range(len(mentions)), key=lambda place: (mentions[place][0].start, mentions[place][0].end)):
        if kept and mentions[kept[-1]][0].end > mentions[place][0].start:
            if worth(place) > worth(kept[-1]):
                kept[-1] = place
        else:
            kept.append(place)
    return kept
