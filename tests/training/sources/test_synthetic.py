"""Sentences written for this project: which kinds they teach, and which a zero-shot run leaves out."""

import pytest

from hybrid.errors import InvalidFile
from hybrid.training.corpora import CORPORA
from hybrid.training.sources.synthetic import FEWEST, FOLDER, PLAIN, Synthetic, dev_names

TEXTS = """\
[Lauper|pop singer] sang in [Rome|city].
[Jara|folk singer; activist] was heard with [Parra|folk singer; activist].
[Piaf|singer] won the [Goncourt|literary award; award], the [Oscar|film award] and the [Booker|literary award].
[Vega|folk singer] waited.
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "made.txt").write_text(TEXTS, encoding="utf-8")
    return tmp_path


def kinds(source):
    return {
        example.text[span.start : span.end]: set(span.types)
        for example in source.examples()
        for span in example.spans
        if span.types
    }


def plain(source):
    return {
        example.text[span.start : span.end] for example in source.examples() for span in example.spans if not span.types
    }


def test_a_kind_is_also_what_its_last_words_are(folder):
    found = kinds(Synthetic(folder))
    assert found["Lauper"] == {"singer"}
    assert found["Jara"] == {"folk singer", "singer"}


def test_a_kind_of_fewer_than_three_mentions_is_none(folder):
    assert FEWEST == 3
    source = Synthetic(folder)
    assert set(source.types) == {"singer", "folk singer", "award"}
    assert "Rome" not in kinds(source)


def test_kinds_are_left_out_in_longer_names_too(folder):
    source = Synthetic(folder, left_out=frozenset({"award"}))
    assert set(source.types) == {"singer", "folk singer"}
    assert "Oscar" not in kinds(source)


def test_every_mention_is_told_whatever_its_kind(folder):
    found = {
        sentence.text[span.start : span.end]
        for sentence in Synthetic(folder, left_out=frozenset({"award", "city"})).sentences()
        for span in sentence.spans
    }
    assert {"Rome", "Oscar", "Jara"} <= found


def test_texts_that_are_left_out_are_never_given(folder):
    source = Synthetic(folder, frozenset({"Vega waited."}))
    assert "Vega waited." not in {sentence.text for sentence in source.sentences()}
    assert "folk singer" not in source.types


def test_words_between_mentions_are_given_as_none(folder):
    (folder / "long.txt").write_text(
        "They said that it had rained in [Oslo|award], [Bergen|award] and [Vik|award]!", "utf-8"
    )
    found = plain(Synthetic(folder))
    assert len(found & {"They", "said", "that", "rained"}) == PLAIN
    assert found <= {"They", "said", "that", "rained", "sang", "heard", "with", "waited"}
    assert plain(Synthetic(folder)) == found


def test_a_folder_without_texts_is_named(tmp_path):
    with pytest.raises(InvalidFile, match=r"holds no \.txt"):
        list(Synthetic(tmp_path).sentences())


def test_what_comes_with_the_package_is_read_whole():
    """Every line is well formed, each text once, and the kinds are many."""
    source = Synthetic()
    lines = [line for file in sorted(FOLDER.glob("*.txt")) for line in file.read_text("utf-8").splitlines() if line]
    assert len(list(source.sentences())) == len(lines) > 5_000
    assert len(source.types) > 2_000


def test_no_name_of_a_dev_type_is_taught_by_a_zero_shot_run(dev_words):
    names = set(Synthetic(left_out=dev_names()).types)
    assert not names & dev_words
    assert not names & {name for corpus in CORPORA.values() for own in corpus.dev_types.values() for name in own}
    assert not names & {"party", "socialist party", "firm", "college", "literary award", "organization", "work of art"}
    assert {"river", "film", "disease"} <= names
    assert dev_names() >= dev_words
