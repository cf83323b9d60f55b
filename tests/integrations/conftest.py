"""An index of a few texts that is kept in a folder and asked by both faces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hybrid import AsyncRetriever, Document, Mention, Retriever
from hybrid.testing import FakeEncoder

TEXTS = (
    Document("1", "🦕 Michelin is a tyre maker.", "Tyres", {"year": 1971, "lang": "en"}),
    Document("2", "Pirelli, a tyre maker, beliefert Ferrari.", None, {"year": 2011, "lang": "de", "tags": ["a", "b"]}),
    Document("3", "Worn tyres slipped on the wet road to Halifax.", None, {"year": 2009, "lang": "en"}),
    Document("4", "مصنع ميشلان في كندا", None, {"lang": "ar"}, [Mention(5, 11)]),
    Document("5", f"{'It rained. ' * 40}Goodyear is a tyre maker. {'It rained. ' * 40}"),
)


@pytest.fixture
def target(tmp_path: Path) -> str:
    folder = str(tmp_path / "news")
    with Retriever.create(folder, encoder=FakeEncoder()) as made:
        assert made.index(TEXTS).refused == ()
    return folder


@pytest.fixture
def index(target: str) -> Iterator[Retriever]:
    with Retriever.open(target, encoder=FakeEncoder()) as opened:
        yield opened


@pytest.fixture
async def async_index(target: str) -> AsyncIterator[AsyncRetriever]:
    async with await AsyncRetriever.open(target, encoder=FakeEncoder()) as opened:
        yield opened
