"""What this engine does besides what all engines promise."""

from __future__ import annotations

import errno

import pytest

from hybrid.documents import Document, Mention, Refusal
from hybrid.engines.embedded import writing
from hybrid.engines.embedded.layout import current_generation
from hybrid.engines.factory import create_engine, open_engine

REFUSAL = Refusal(2, 3, "it meets no token")


def test_get_takes_more_ids_than_sqlite_takes_variables(make, filled):
    engine = filled(*(make.encoded(str(number)) for number in range(10)))
    found = engine.get([str(number) for number in range(40_000)])
    assert sum(document is not None for document in found) == 10
    assert engine.delete([str(number) for number in range(5, 40_000)]) == 5


def test_vectors_of_replaced_documents_do_not_pile_up(make, tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "WASTE", 0)
    engine = create_engine(tmp_path / "index", make.meta())
    reader = open_engine(tmp_path / "index")
    for turn in range(9):
        vectors = {"plant": (1, turn, 0)}
        document = make.encoded("a", "a ~ plant", vectors, (1, turn), fields={"n": turn}, refused=[REFUSAL])
        engine.write([document, make.encoded(f"pending {turn}", source="pending")])
        generation = tmp_path / "index" / current_generation(tmp_path / "index")
        assert (generation / "mentions.f32").stat().st_size <= 3 * 12
    engine.refresh()
    (*pending, encoded, last) = engine.scan()
    assert encoded.document == Document("a", "a ~ plant", None, {"n": 8}, (Mention(2, 3, "~"), Mention(4, 9, "plant")))
    assert encoded.encoding.refused == (REFUSAL,)
    assert [document.document.id for document in (*pending, last)] == [f"pending {turn}" for turn in range(9)]
    assert engine.statistics().pending == 9
    assert engine.search(make.bound("typed", typed=(1, 8, 0)))[0].score == pytest.approx(1.0)
    assert engine.meta.fields == {"n": "int"}
    assert reader.statistics().documents == 0
    reader.refresh()
    assert reader.statistics() == engine.statistics()
    engine.close()
    reader.close()


def test_without_room_for_the_copy_all_stays_as_it_is(make, engine, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing, "WASTE", 0)
    monkeypatch.setattr("hybrid.engines.embedded.generation.create_store", full)
    for turn in range(5):
        engine.write([make.encoded("a", "plant", {"plant": (1, turn, 0)})])
    engine.refresh()
    assert engine.search(make.bound("typed", typed=(1, 4, 0)))[0].score == pytest.approx(1.0)
    assert engine.statistics().mentions == 1
