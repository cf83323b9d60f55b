"""Files with exactly these bytes, read back as what was found and what was refused."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hybrid.errors import InvalidFile
from hybrid.reading import Format, ReadingOptions, read_documents


@dataclass(frozen=True)
class Read:
    documents: list[tuple[int | None, Mapping[str, Any]]]
    refused: list[tuple[int | None, str]]

    @property
    def texts(self) -> list[Any]:
        return [document["text"] for _, document in self.documents]

    @property
    def fields(self) -> list[Mapping[str, Any]]:
        return [document["fields"] for _, document in self.documents]

    @property
    def reason(self) -> str:
        assert len(self.refused) == 1, self.refused
        return self.refused[0][1]


def _read(path: Path, options: ReadingOptions | None = None, format: Format | None = None) -> Read:
    documents, refused = [], []
    for entry in read_documents(str(path), options, format=format):
        if isinstance(entry.item, InvalidFile):
            assert (entry.item.file, entry.item.line) == (entry.file, entry.line)
            refused.append((entry.line, entry.item.reason))
        else:
            documents.append((entry.line, entry.item))
    return Read(documents, refused)


@pytest.fixture
def read() -> Callable[..., Read]:
    """Read a file that is there."""
    return _read


@pytest.fixture
def reading(tmp_path: Path) -> Callable[..., Read]:
    """Write bytes under a name and read them as documents."""

    def write_and_read(name: str, content: str | bytes, options: ReadingOptions | None = None) -> Read:
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return _read(path, options)

    return write_and_read
