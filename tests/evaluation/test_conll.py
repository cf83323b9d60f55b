"""Reading labelled corpora: IO, BIO, offsets, duplicates, damage."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.errors import InvalidFile
from hybrid.evaluation.conll import LabelledSpan, Sentence, merge_duplicates, read_conll, spans_of

tokens = st.lists(st.text(st.characters(exclude_categories=("Cs", "Zs", "Cc")), min_size=1), max_size=12)


def written(folder: Path, text: str) -> Path:
    path = folder / "corpus.txt"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def surfaces(sentence: Sentence) -> list[tuple[str, str]]:
    return [(sentence.text[span.start : span.end], span.label) for span in sentence.spans]


def test_io_merges_neighbours_of_one_label_and_parts_those_of_two(tmp_path):
    path = written(tmp_path, "New\tplace\nYork\tplace\nTimes\tpaper\nsays\tO\n")
    (sentence,) = read_conll(path, "io")
    assert sentence.text == "New York Times says"
    assert surfaces(sentence) == [("New York", "place"), ("Times", "paper")]


def test_io_labels_may_look_like_bio(tmp_path):
    (sentence,) = read_conll(written(tmp_path, "x\tB-side\ny\tB-side\n"), "io")
    assert surfaces(sentence) == [("x y", "B-side")]


def test_bio_begins_anew_at_b_and_at_a_change_of_label(tmp_path):
    lines = "Rome\tB-place\nParis\tB-place\nBaguettes\tI-food\nand\tO\nwine\tI-food\nlist\tI-food\n"
    (sentence,) = read_conll(written(tmp_path, lines), "bio")
    assert surfaces(sentence) == [("Rome", "place"), ("Paris", "place"), ("Baguettes", "food"), ("wine list", "food")]


def test_sentences_end_at_blank_lines_comments_are_passed_over_and_the_last_needs_no_blank_line(tmp_path):
    path = written(tmp_path, "\n\n# id 1\na\tO\n\n\nb\tB-x\n#\tO\n")
    assert [sentence.text for sentence in read_conll(path, "bio")] == ["a", "b #"]


def test_offsets_are_code_points_whatever_the_script(tmp_path):
    path = written(tmp_path, "🦖\tO\nتيرانوصور\tB-dinosaur\n恐竜\tB-dinosaur\n👩‍🔬\tB-person\n")
    (sentence,) = read_conll(path, "bio")
    assert surfaces(sentence) == [("تيرانوصور", "dinosaur"), ("恐竜", "dinosaur"), ("👩‍🔬", "person")]


def test_an_empty_file_has_no_sentences(tmp_path):
    assert list(read_conll(written(tmp_path, ""), "io")) == []


@given(tokens, st.data())
def test_every_span_is_tokens_joined_by_a_space_and_every_tagged_token_is_in_one(words, data):
    tags = [data.draw(st.sampled_from(["O", "B-a", "I-a", "B-b", "I-b"])) for _ in words]
    text = " ".join(words)
    spans = spans_of(words, tags, "bio")
    assert list(spans) == sorted(spans)
    assert all(a.end < b.start for a, b in pairwise(spans))
    inside = " ".join(text[span.start : span.end] for span in spans)
    assert inside == " ".join(word for word, tag in zip(words, tags, strict=True) if tag != "O")


def test_duplicates_keep_the_first_place_and_unite_the_spans():
    first = Sentence("a b", (LabelledSpan(0, 1, "x"),))
    other = Sentence("c", ())
    again = Sentence("a b", (LabelledSpan(0, 1, "x"), LabelledSpan(2, 3, "y")))
    assert merge_duplicates([first, other, again]) == [
        (0, Sentence("a b", (LabelledSpan(0, 1, "x"), LabelledSpan(2, 3, "y")))),
        (1, other),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tO\nb\n", "line 2: has no tag"),
        ("\tO\n", "line 1: has no tag"),
        ("a\t\n", "line 1: has no tag"),
        ("a\tplace\n", "line 1: has a tag that is not O, B-label or I-label"),
    ],
)
def test_a_damaged_line_is_named(tmp_path, text, message):
    with pytest.raises(InvalidFile, match=message):
        list(read_conll(written(tmp_path, text), "bio"))


def test_a_file_that_is_not_utf_8_or_not_there_is_named(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes(b"caf\xe9\tO\n")
    with pytest.raises(InvalidFile, match=r"latin\.txt: is not UTF-8"):
        list(read_conll(path, "bio"))
    with pytest.raises(InvalidFile, match="cannot be read"):
        list(read_conll(tmp_path / "none.txt", "bio"))
