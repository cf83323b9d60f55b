"""Documents that bring the mentions of a detector that plugs in, in place of those that the bundle would find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from hybrid.documents import Document
from hybrid.encoding.detectors import MentionDetector
from hybrid.errors import InvalidDocument, InvalidInput
from hybrid.indexing.batches import Item, batched
from hybrid.indexing.checking import as_document

BATCH = 64


def detect_with(items: Iterable[Item], detector: MentionDetector, *, batch: int = BATCH) -> Iterator[Item]:
    """What `Retriever.index` takes, in order, each document with the mentions that `detector` finds.

    A document that brings mentions keeps its own; what is no document is handed on, to be refused there. The index
    keeps the mentions as given ones, so that a rebuild does not detect them anew. `batch` documents are read ahead,
    and read even where the index then skips them.

    Raises:
        HybridError: as the detector does.
    """
    for part in batched(items, batch):
        read = [_without_mentions(own.item) for own in part]
        found = iter(detector.detect([document.text for document in read if document is not None]))
        for own, document in zip(part, read, strict=True):
            yield own.item if document is None else replace(document, mentions=next(found))


def _without_mentions(item: Item) -> Document | None:
    """The document, where it is one and brings no mentions."""
    if isinstance(item, InvalidInput):
        return None
    try:
        document = as_document(item)
    except InvalidDocument:
        return None
    return document if document.mentions is None else None
