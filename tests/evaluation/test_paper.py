"""The paper's protocol: what is left out, for whom, and how detected mentions are judged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.paper import (
    is_sentence_encoder,
    lenient_match,
    lenient_recall,
    long_texts,
    measure_paper,
    mention_words,
    paper_to_json,
)
from hybrid.evaluation.systems.factory import open_system
from hybrid.evaluation.task import Task
from hybrid.testing import FakeEncoder

WORDS = st.frozensets(st.sampled_from("abcdef"), max_size=6)


def sentence(text: str, **labels: str) -> Sentence:
    spans = (LabelledSpan(text.index(word), text.index(word) + len(word), label) for label, word in labels.items())
    return Sentence(text, tuple(sorted(spans)))


TASK = Task(
    "made",
    (
        sentence("see the Rhine", river="Rhine"),
        sentence("see the Rhine from this old bridge", river="Rhine"),
        sentence("there was nothing in this text", **{"place-other": "nothing"}),
    ),
    {"river": "Rhine", "place-other": "other place"},
)
VALUES = {"river": {"RPrec": 0.5}, "place-other": {"RPrec": 0.0}}


def test_catch_alls_are_in_no_mean():
    [table] = measure_paper(TASK, [open_system("typed")], FakeEncoder(), {"gold": {"typed": VALUES}})
    assert (table.systems, table.texts, table.left_out) == ({"typed": 0.5}, {"typed": 3}, ("place-other",))


def test_short_texts_are_neither_searched_nor_answers_for_sentence_encoders_alone():
    systems = [open_system("dense"), open_system("bm25")]
    whole = {"gold": {"dense": VALUES, "bm25": VALUES}}
    [table] = measure_paper(TASK, systems, FakeEncoder(), whole)
    assert table.texts == {"dense": 2, "bm25": 3}
    assert long_texts(TASK).answers()["river"] == frozenset({0})
    assert table.systems["dense"] in (0.0, 1.0)
    assert table.systems["bm25"] == 0.5


@pytest.mark.parametrize(
    ("system", "expected"),
    [("dense", True), ("dense@opensearch", True), ("dense:minilm", True), ("bm25", False), ("rrf(bm25, dense)", False)],
)
def test_sentence_encoders_are_one_vector_a_text(system, expected):
    assert is_sentence_encoder(system) is expected


def test_only_catch_alls_give_no_table():
    task = Task("void", TASK.sentences, {"place-other": "other place"})
    whole = {"gold": {"typed": {"place-other": {"RPrec": 0.5}}}}
    assert list(measure_paper(task, [open_system("typed")], FakeEncoder(), whole)) == []


@pytest.mark.parametrize(
    ("first", "second", "matches"),
    [
        ("the Rhine", "Rhine", True),
        ("University of Basel", "Basel", True),
        ("Zürich", "ZURICH", True),
        ("a b c d e", "a b c d f", False),
        ("b c d e", "b c d e f", True),
        ("a1 b c d e f g h i", "b c d e f g h i j", True),
        ("Rhine", "Danube", False),
        ("نهر الراين", "الراين", True),
        ("北京 市", "北京", True),
        ("🦕", "🦕", False),
        ("", "Rhine", False),
    ],
)
def test_words_match_by_containment_or_by_four_fifths(first, second, matches):
    assert lenient_match(mention_words(first), mention_words(second)) is matches


@given(WORDS, WORDS)
def test_a_match_is_symmetric_and_every_set_of_words_matches_itself(first, second):
    assert lenient_match(first, second) is lenient_match(second, first)
    assert lenient_match(first, first) is bool(first)


def test_recall_counts_each_gold_surface_of_a_text_once_and_each_detected_one_once():
    """The encoder detects words that begin with a capital letter, one after another as one mention."""
    task = Task(
        "made",
        (
            sentence("by the River Rhine", river="Rhine"),
            sentence("Old Basel and the lake", city="Basel", water="lake"),
        ),
        {},
    )
    assert lenient_recall(task, FakeEncoder()) == pytest.approx(2 / 3)
    assert lenient_recall(Task("none", (Sentence("Basel", ()),), {}), FakeEncoder()) is None


def test_json_holds_every_system_and_recall_of_detected_mentions():
    whole = {"gold": {"typed": VALUES}, "detected": {"typed": VALUES}}
    told = paper_to_json(measure_paper(TASK, [open_system("typed")], FakeEncoder(), whole))
    assert list(told) == ["made", "made/detected"]
    assert told["made"] == {
        "left_out": ["place-other"], "recall": None, "systems": {"typed": {"RPrec": 0.5, "texts": 3}},
    }  # fmt: skip
    assert told["made/detected"]["recall"] == pytest.approx(2 / 3)
