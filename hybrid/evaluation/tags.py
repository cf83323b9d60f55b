"""Tags of tokens to labelled spans: IO, BIO and BILOU.

| scheme | tags | a mention begins |
| --- | --- | --- |
| io | `label`, `O` | where the label changes: neighbours with one label are one mention |
| bio | `B-label`, `I-label`, `O` | at `B`, and at an `I` that continues nothing (as conlleval reads it) |
| bilou | also `L-label` (last), `U-label` (alone); BIOES writes `E`, `S` for them | also after `L` and `U` |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from hybrid.evaluation.sentences import LabelledSpan

Scheme: TypeAlias = Literal["io", "bio", "bilou"]
OUTSIDE = "O"
MARKS: Mapping[Scheme, str] = {"io": "", "bio": "BI", "bilou": "BILUES"}
EXPECTED: Mapping[Scheme, str] = {
    "io": "O or label",
    "bio": "O, B-label or I-label",
    "bilou": "O, B-label, I-label, L-label or U-label",
}


def is_tag(tag: str, scheme: Scheme) -> bool:
    """Whether a scheme has a tag of this form."""
    return tag == OUTSIDE or (
        bool(tag) if scheme == "io" else len(tag) > 2 and tag[0] in MARKS[scheme] and tag[1] == "-"
    )


def spans_of(tokens: Sequence[str], tags: Sequence[str], scheme: Scheme) -> tuple[LabelledSpan, ...]:
    """Tags to spans of the text `" ".join(tokens)`; every tagged token is in exactly one span."""
    found: list[LabelledSpan] = []
    start = end = position = 0
    current: str | None = None
    closed = False
    for token, tag in zip(tokens, tags, strict=True):
        mark, label = _parts(tag, scheme)
        if label != current or mark in ("B", "U", "S") or closed:
            if current is not None:
                found.append(LabelledSpan(start, end, current))
            start, current = position, label
        closed = mark in ("L", "U", "E", "S")
        end = position + len(token)
        position = end + 1
    if current is not None:
        found.append(LabelledSpan(start, end, current))
    return tuple(found)


def _parts(tag: str, scheme: Scheme) -> tuple[str, str | None]:
    if tag == OUTSIDE:
        return "", None
    return ("", tag) if scheme == "io" else (tag[0], tag[2:])
