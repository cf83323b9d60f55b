"""The rules by which a corpus becomes a task."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.errors import InvalidInput
from hybrid.evaluation.datasets import Record, Rules, Source, convert, mentions_by_label, origin_of
from hybrid.evaluation.datasets.rules import is_catch_all, without_duplicates, without_empty, words_of
from hybrid.evaluation.sentences import LabelledSpan, Sentence


@pytest.mark.parametrize(
    "label",
    [
        "other",
        "Other",
        "misc",
        "MISC",
        "miscellaneous",
        "person-other",
        "person_OTHER",
        "LOC.misc",
        "OtherPER",
        "PersonOther",
    ],
)
def test_catch_alls(label):
    assert is_catch_all(label)


@pytest.mark.parametrize(
    "label",
    [
        "other-disease",
        "mother",
        "another",
        "brother",
        "Others",
        "otherwise",
        "miscellany",
        "other_thing",
        "MOTHER",
        "人",
        "",
    ],
)
def test_no_catch_alls(label):
    assert not is_catch_all(label)


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("HumanSettlement", "human settlement"),
        ("creative-work", "creative work"),
        ("Gene_or_gene_product", "gene or gene product"),
        ("Medication/Vaccine", "medication vaccine"),
        ("HTML_XML_Tag", "HTML XML tag"),
        ("HTMLTag", "HTML tag"),
        ("MusicalGRP", "musical GRP"),
        ("WORK_OF_ART", "work of art"),
        ("ORG", "org"),
        ("恐竜", "恐竜"),
        ("--", "--"),
    ],
)
def test_labels_become_words(label, words):
    assert words_of([label, "person", "place"])[label] == words


def test_a_coarse_class_is_dropped_where_most_labels_have_one():
    labels = ["art-painting", "person-scholar", "building-attack/war", "mention"]
    assert words_of(labels) == {
        "art-painting": "painting",
        "person-scholar": "scholar",
        "building-attack/war": "attack war",
        "mention": "mention",
    }


def test_a_coarse_class_stays_where_the_fine_one_alone_would_be_ambiguous():
    assert words_of(["art-work", "law-work", "art-film", "-x"]) == {
        "art-work": "art work",
        "law-work": "law work",
        "art-film": "film",
        "-x": "x",
    }


@given(st.lists(st.text(min_size=1), unique=True, max_size=8))
def test_every_label_has_words_that_are_not_empty(labels):
    words = words_of(labels)
    assert list(words) == labels
    assert all(words.values())


def record(text: str, *labels: str, answers: frozenset[str] = frozenset(), id: str | None = None) -> Record:
    return Record(Sentence(text, tuple(LabelledSpan(0, len(text), label) for label in labels)), id, answers)


def test_duplicates_keep_the_first_id_and_unite_mentions_and_answers():
    merged = without_duplicates(
        [record("a", "x", id="1"), record("b"), record("a", "y", answers=frozenset({"q"}), id="3")]
    )
    assert merged == [record("a", "x", "y", answers=frozenset({"q"}), id="1"), record("b")]


@given(st.lists(st.tuples(st.sampled_from("abc "), st.sampled_from("xyz"))))
def test_no_text_and_no_label_is_lost_or_there_twice(rows):
    records = [record(text, label) for text, label in rows]
    kept = without_duplicates(without_empty(records))
    texts = [own.sentence.text for own in kept]
    assert len(set(texts)) == len(texts)
    assert {(own.sentence.text, label) for own in kept for label in own.sentence.labels} == {
        row for row in rows if row[0].strip()
    }


def test_what_was_done_is_counted():
    source = Source((record("a", "city"), record(" "), record("a", "misc"), record("b", "hamlet")), notes=("a note",))
    made = convert("set", source, Rules(words={"city": "town", "sea": "sea"}, leave_out=("hamlet",)))
    assert (made.read, made.read_mentions, made.empty, made.merged) == (4, 3, 1, 1)
    assert made.left_out == {"misc": "a catch-all", "hamlet": "on request"}
    assert (made.task.types, made.by_rule, made.unknown) == ({"city": "town"}, (), ("sea",))
    assert made.task.ids == ("0", "3")
    assert mentions_by_label(made.task) == {"city": 1, "misc": 1, "hamlet": 1}
    told = origin_of(made, ["a.txt"])
    assert (told["read"], told["merged"], told["notes"], told["files"]) == (4, 1, ["a note"], ["a.txt"])


def test_words_come_from_the_user_the_recipe_and_the_rule_in_this_order():
    source = Source((record("a", "cityState", "bigRiver", "oldLaw"),))
    made = convert("set", source, Rules(words={"oldLaw": "law"}), {"oldLaw": "old law", "bigRiver": "river"})
    assert made.task.types == {"bigRiver": "river", "cityState": "city state", "oldLaw": "law"}
    assert made.by_rule == ("cityState",)


def test_a_catch_all_is_asked_for_where_its_words_are_given_or_the_rule_is_off():
    source = Source((record("a", "misc"),))
    assert convert("set", source, Rules(words={"misc": "anything else"})).task.types == {"misc": "anything else"}
    assert convert("set", source, Rules(drop_catch_alls=False)).task.types == {"misc": "misc"}


def test_nothing_to_ask_for_and_ids_that_stand_twice_are_errors():
    with pytest.raises(InvalidInput, match="set has 1 texts and no type that could be asked for"):
        convert("set", Source((record("a", "misc"),)), Rules())
    with pytest.raises(InvalidInput, match="two texts have the id '7'"):
        convert("set", Source((record("a", "x", id="7"), record("b", "x", id="7"))), Rules())
