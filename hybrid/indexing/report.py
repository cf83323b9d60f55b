"""What a run of indexing did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefusedDocument:
    """A document that was not indexed, or a mention of one that got no vector.

    `position` is the 0-based place in the input; `id` is None where the document has no usable one.
    """

    position: int
    id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Counts of this run.

    `documents` written, `replaced` among them that took the place of an earlier one (of the index or of this run),
    `skipped` because they were there already; `refused` are whole documents, `dropped` single mentions without a
    vector in documents that were written. `changed` are those that `complete` left alone, since somebody changed or
    deleted them while they were encoded.
    """

    documents: int = 0
    passages: int = 0
    mentions: int = 0
    replaced: int = 0
    skipped: int = 0
    refused: tuple[RefusedDocument, ...] = ()
    dropped: tuple[RefusedDocument, ...] = ()
    changed: int = 0
