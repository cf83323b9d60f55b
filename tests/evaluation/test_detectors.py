"""Detectors on tasks: gold and real ones, what they find and what typed retrieval makes of it."""

import pytest

from hybrid.documents import Mention
from hybrid.errors import InvalidInput
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.detectors import detectors_to_json, measure_detectors, open_task_detector
from hybrid.evaluation.ir import HEADLINE, measure
from hybrid.evaluation.measures import macro
from hybrid.evaluation.systems.factory import open_system
from hybrid.evaluation.task import Task
from hybrid.testing import FakeEncoder

TEXTS = {"The river Rhine floods": ("Rhine", "river"), "See Basel on the Rhine": ("Rhine", "river"), "Some lake": None}


def sentence(text: str, mention: tuple[str, str] | None) -> Sentence:
    if mention is None:
        return Sentence(text, ())
    start = text.index(mention[0])
    return Sentence(text, (LabelledSpan(start, start + len(mention[0]), mention[1]),))


@pytest.fixture
def task() -> Task:
    return Task("made", tuple(sentence(*pair) for pair in TEXTS.items()), {"river": "Rhine", "city": "Basel"})


class LastWords:
    """A detector of the last word of each text."""

    name = "last"

    def mentions(self, task, progress):
        progress("last", 0, 1)
        return [(Mention(sentence.text.rindex(" ") + 1, len(sentence.text), score=0.5),) for sentence in task.sentences]


def test_gold_is_perfect_and_others_are_what_they_are(task):
    [table] = measure_detectors([task], [open_task_detector("gold"), LastWords()])
    assert (table.name, table.texts, table.gold) == ("made", 3, 2)
    assert list(table.figures) == ["gold", "last"]
    assert (table.figures["gold"].f1, table.figures["gold"].per_text) == (1.0, pytest.approx(2 / 3))
    last = table.figures["last"]
    assert (last.precision, last.recall, last.per_text) == (pytest.approx(1 / 3), 0.5, 1.0)
    assert table.r_precision == {}


def test_r_precision_is_that_of_the_typed_leg(task):
    encoder = FakeEncoder()
    [table] = measure_detectors([task], [open_task_detector("gold"), LastWords()], encoder)
    with Collection(task, "gold", encoder) as collection:
        depth = {label: collection.depth(label) for label in task.types}
        values = measure(task, open_system("typed").rank(collection, task.types, depth))
    assert table.r_precision["gold"] == pytest.approx(macro(own[HEADLINE] for own in values.values()))
    assert 0.0 <= table.r_precision["last"] <= 1.0


def test_a_real_detector_is_opened_by_its_name(task):
    [table] = measure_detectors([task], [open_task_detector("bundle:minilm")])
    assert table.figures["bundle:minilm"].overlap_recall == 1.0


def test_json_is_by_data_set_and_detector(task):
    report = detectors_to_json(measure_detectors([task], [open_task_detector("gold")], FakeEncoder()))
    own = report["made"]["detectors"]["gold"]
    assert (report["made"]["gold"], own["F1"], own["R_at"]) == (2, 1.0, {"1": 1.0, "2": 1.0, "4": 1.0})
    assert 0.0 <= own["RPrec"] <= 1.0


def test_without_gold_mentions_there_is_nothing_to_measure(task):
    unmarked = Task("unmarked", task.sentences[2:], task.types)
    with pytest.raises(InvalidInput, match="no data set has any"):
        list(measure_detectors([unmarked], [open_task_detector("gold")]))
