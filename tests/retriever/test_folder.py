"""What holds of an index in a folder alone: one writer, and a place that stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from hybrid import Document, IndexLocked, Retriever
from hybrid.engines.protocol import Place
from hybrid.testing import FakeEncoder

DOCUMENTS = [Document(str(n), f"Ada met Bob{n}") for n in range(4)]


@pytest.fixture
def retriever(tmp_path: Path):
    with Retriever.create(tmp_path / "index", encoder=FakeEncoder()) as retriever:
        retriever.index(DOCUMENTS)
        yield retriever


def test_a_second_writer_is_told_and_a_reader_sees_commits_on_refresh(retriever: Retriever, tmp_path: Path) -> None:
    with Retriever.open(tmp_path / "index", encoder=FakeEncoder()) as other:
        with pytest.raises(IndexLocked):
            other.index(["Ada"])
        retriever.index([Document("5", "Ada in Rome")])
        assert other.count() == 4
        other.refresh()
        assert other.count() == 5


def test_it_tells_where_it_is(retriever: Retriever, tmp_path: Path) -> None:
    assert retriever.place == Place("embedded", str(tmp_path / "index"))
    assert retriever.place.name == "index"


def test_an_open_index_stays_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with Retriever.create("index", encoder=FakeEncoder()) as retriever:
        monkeypatch.chdir(tmp_path / "elsewhere")
        retriever.index(DOCUMENTS)
        assert retriever.count() == 4
    assert not list((tmp_path / "elsewhere").iterdir())
