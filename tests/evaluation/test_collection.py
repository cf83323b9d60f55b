"""What systems search: texts, mentions and an index that is made once."""

import pytest

from hybrid.errors import InvalidInput
from hybrid.evaluation.collection import Collection, index_on
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.task import Task
from hybrid.testing import FakeEncoder

TASK = Task(
    "made",
    (
        Sentence("by the Rhine", (LabelledSpan(7, 12, "river"), LabelledSpan(7, 12, "water"))),
        Sentence("Old Basel and the lake", (LabelledSpan(18, 22, "water"),)),
    ),
    {"river": "river", "water": "water"},
)


def test_gold_mentions_are_spans_each_once_and_need_no_index():
    with Collection(TASK, "gold", FakeEncoder()) as collection:
        assert collection.mentions == (((7, 12),), ((18, 22),))
        assert "embedded" not in vars(collection)


def test_detected_mentions_are_those_of_the_index():
    with Collection(TASK, "detected", FakeEncoder()) as collection:
        assert collection.mentions == (((7, 12),), ((0, 9),))
        assert collection.embedded.statistics().mentions == 2


def test_the_index_is_made_once_and_is_gone_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Collection(TASK, "gold", FakeEncoder()) as collection:
        assert collection.embedded is collection.embedded
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_depth_is_1000_or_twice_the_answers():
    many = Task("many", (Sentence("Rhine", (LabelledSpan(0, 5, "river"),)),) * 600, {"river": "river", "x": "x"})
    collection = Collection(many, "gold", FakeEncoder())
    assert (collection.depth("river"), collection.depth("x")) == (1200, 1000)


def test_a_server_must_be_given_and_its_address_be_read():
    with Collection(TASK, "gold", FakeEncoder()) as collection, pytest.raises(InvalidInput, match="no server"):
        _ = collection.on_server
    with pytest.raises(InvalidInput, match="expected opensearch://"):
        index_on("http://localhost:9200")
    assert index_on("opensearch://localhost:9200/") != index_on("opensearch://localhost:9200")
