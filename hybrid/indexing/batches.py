"""A stream to batches, bounded by count and by characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from hybrid.documents import Document
from hybrid.errors import InvalidInput

# A reader that meets a bad line hands on the error in its place, so that it is counted and the rest goes on.
Item: TypeAlias = Document | Mapping[str, Any] | str | InvalidInput

BATCH_DOCUMENTS = 512
BATCH_CHARACTERS = 4_000_000


@dataclass(frozen=True, slots=True)
class Numbered:
    """An item and its 0-based place in the input."""

    position: int
    item: Item


class Batcher:
    """Gathers items until a batch is full."""

    def __init__(self, documents: int = BATCH_DOCUMENTS) -> None:
        if isinstance(documents, bool) or not isinstance(documents, int) or documents < 1:
            raise InvalidInput(f"batch_size is {documents!r}; expected a whole number of at least 1")
        self._limit, self._position, self._characters = documents, 0, 0
        self._items: list[Numbered] = []

    def add(self, item: Item) -> list[Numbered]:
        """Take an item; returns the batch that it filled, else nothing."""
        self._items.append(Numbered(self._position, item))
        self._position += 1
        self._characters += _characters(item)
        full = len(self._items) >= self._limit or self._characters >= BATCH_CHARACTERS
        return self.rest() if full else []

    def rest(self) -> list[Numbered]:
        """What was gathered and is not in a batch yet; the next batch begins."""
        batch, self._items, self._characters = self._items, [], 0
        return batch


def batched(items: Iterable[Item], documents: int = BATCH_DOCUMENTS) -> Iterator[list[Numbered]]:
    """A stream's batches; where the stream itself fails, what it gave before comes first and then its error."""
    batcher, failure = Batcher(documents), None
    try:
        for item in items:
            if batch := batcher.add(item):
                yield batch
    except Exception as error:  # noqa: BLE001 - raised again, after the items before it
        failure = error
    if batch := batcher.rest():
        yield batch
    if failure is not None:
        raise failure


def _characters(item: Item) -> int:
    text = item.text if isinstance(item, Document) else item.get("text") if isinstance(item, Mapping) else item
    return len(text) if isinstance(text, str) else 0
