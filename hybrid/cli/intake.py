"""Several files as one stream for `Retriever.index`, which can say afterwards where each document stood."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from hybrid.errors import InvalidFile
from hybrid.reading import Located

Item: TypeAlias = Mapping[str, Any] | InvalidFile
Place: TypeAlias = tuple[str, int | None]


class Intake:
    """Iterates over what files hold, one after another; `stop` ends it before the next document."""

    def __init__(self, entries: Iterable[Located], *, stop_at_refused: bool = False) -> None:
        self._entries, self._stop_at_refused = iter(entries), stop_at_refused
        self._ahead: list[Located] = []
        self._stopped = False
        self._places = Places()

    def __iter__(self) -> Iterator[Item]:
        while not self._stopped:
            entry = self._ahead.pop(0) if self._ahead else next(self._entries, None)
            if entry is None:
                return
            self._places.append((entry.file, entry.line))
            self._stopped = self._stop_at_refused and isinstance(entry.item, InvalidFile)
            yield entry.item

    def stop(self) -> None:
        """Hand out nothing more."""
        self._stopped = True

    def all_refused(self) -> bool:
        """Whether there is something and none of it can be read; looks ahead no further than it must."""
        for entry in self._entries:
            self._ahead.append(entry)
            if self._stop_at_refused or not isinstance(entry.item, InvalidFile):
                break
        return bool(self._ahead) and isinstance(self._ahead[-1].item, InvalidFile)

    def place(self, position: int) -> Place:
        """File and line of the document with this 0-based position in the stream."""
        return self._places[position]


class Places:
    """Files and lines by position; lines that follow one another cost nothing, however many there are."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._first: list[Place] = []
        self._count = 0

    def append(self, place: Place) -> None:
        """The place of the next position."""
        if not self._count or place != self[self._count]:
            self._starts.append(self._count)
            self._first.append(place)
        self._count += 1

    def __getitem__(self, position: int) -> Place:
        run = bisect_right(self._starts, position) - 1
        file, line = self._first[run]
        return file, None if line is None else line + position - self._starts[run]
