"""What is asked of texts and spans before any model sees them, the same for every encoder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import index

from hybrid.errors import EncoderError

_SURROGATE = re.compile("[\ud800-\udfff]")

Span = tuple[int, int]


def check_texts(texts: Sequence[str]) -> None:
    """Raises EncoderError with the position of the first text that is no string or holds a lone surrogate."""
    if isinstance(texts, str):
        raise EncoderError("texts must be a sequence of strings, found one string")
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise EncoderError(f"a text must be a string, found {type(text).__name__}", position=position)
        found = _SURROGATE.search(text)
        if found is not None:
            raise EncoderError(
                f"offset {found.start()} is half of a surrogate pair, expected Unicode text", position=position
            )


def check_spans(texts: Sequence[str], spans: Sequence[Sequence[Span] | None] | None) -> list[Sequence[Span] | None]:
    """Spans per text, None where mentions are to be detected.

    Raises EncoderError with the text's position for a span that is no pair, inverted, empty or does not lie within its
    text, and without one where there are not as many lists as texts.
    """
    if spans is None:
        return [None] * len(texts)
    if len(spans) != len(texts):
        raise EncoderError(f"{len(spans)} lists of spans for {len(texts)} texts, expected one a text")
    for position, (text, own) in enumerate(zip(texts, spans, strict=True)):
        for start, end in _pairs(own, position):
            if not 0 <= start < end <= len(text):
                raise EncoderError(
                    f"the span [{start}, {end}) does not lie within the text of {len(text)} code points",
                    position=position,
                )
    return list(spans)


def _pairs(spans: Sequence[Span] | None, position: int) -> list[Span]:
    try:
        return [(index(start), index(end)) for start, end in spans or ()]
    except (TypeError, ValueError):
        raise EncoderError("spans must be pairs of whole numbers (start, end)", position=position) from None
