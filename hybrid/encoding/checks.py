"""What is asked of texts and spans before any model sees them, the same for every encoder."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from operator import index

from hybrid.errors import EncoderError

_SURROGATE = re.compile("[\ud800-\udfff]")

Span = tuple[int, int]


def check_texts(texts: Sequence[str]) -> None:
    """Raises EncoderError with the position of the first text that is no string or holds a lone surrogate."""
    if isinstance(texts, str) or not isinstance(texts, Collection):  # an iterator would be used up by this check
        kind = "one string" if isinstance(texts, str) else type(texts).__name__
        raise EncoderError(f"texts must be a sequence of strings, found {kind}")
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise EncoderError(f"a text must be a string, found {type(text).__name__}", position=position)
        found = _SURROGATE.search(text)
        if found is not None:
            raise EncoderError(
                f"offset {found.start()} is half of a surrogate pair, expected Unicode text", position=position
            )


def check_spans(texts: Sequence[str], spans: Sequence[Sequence[Span] | None] | None) -> list[list[Span] | None]:
    """Spans per text as pairs of plain integers, None where mentions are to be detected.

    Raises EncoderError with the text's position for a span that is no pair, inverted, empty or does not lie within its
    text, and without one where there are not as many lists as texts.
    """
    if spans is None:
        return [None] * len(texts)
    if len(spans) != len(texts):
        raise EncoderError(f"{len(spans)} lists of spans for {len(texts)} texts, expected one a text")
    given = [None if own is None else _pairs(own, position) for position, own in enumerate(spans)]
    for position, (text, pairs) in enumerate(zip(texts, given, strict=True)):
        for start, end in pairs or ():
            if not 0 <= start < end <= len(text):
                raise EncoderError(
                    f"the span [{start}, {end}) does not lie within the text of {len(text)} code points",
                    position=position,
                )
    return given


def _pairs(spans: Sequence[Span], position: int) -> list[Span]:
    try:
        return [(index(start), index(end)) for start, end in spans]
    except (TypeError, ValueError):
        raise EncoderError("spans must be pairs of whole numbers (start, end)", position=position) from None
