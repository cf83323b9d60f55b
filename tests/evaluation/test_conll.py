"""Reading labelled corpora: IO, BIO, BILOU, columns, offsets, duplicates, damage."""

import bz2
import gzip
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.errors import InvalidFile
from hybrid.evaluation.conll import Columns, LabelledSpan, Sentence, merge_duplicates, read_conll, spans_of

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


@pytest.mark.parametrize("marks", ["BILU", "BIES"])
def test_bilou_and_bioes_say_where_a_mention_ends(tmp_path, marks):
    begin, inside, last, alone = marks
    rows = [
        ("New", begin),
        ("York", inside),
        ("City", last),
        ("Rome", alone),
        ("Oslo", alone),
        ("and", ""),
        ("Bonn", last),
    ]
    lines = "".join(f"{token}\t{mark}-place\n" if mark else f"{token}\tO\n" for token, mark in rows)
    (sentence,) = read_conll(written(tmp_path, lines), "bilou")
    assert surfaces(sentence) == [(name, "place") for name in ("New York City", "Rome", "Oslo", "Bonn")]


def test_after_the_last_token_the_same_label_begins_anew(tmp_path):
    (sentence,) = read_conll(written(tmp_path, "a\tB-x\nb\tL-x\nc\tI-x\nd\tL-x\n"), "bilou")
    assert surfaces(sentence) == [("a b", "x"), ("c d", "x")]


def test_a_no_break_space_parts_no_columns(tmp_path):
    (sentence,) = read_conll(written(tmp_path, "10\u00a0km _ B-length\n"), "bio", Columns(separator="space"))
    assert surfaces(sentence) == [("10\u00a0km", "length")]


def test_columns_are_chosen_and_parted_by_spaces_and_tabs(tmp_path):
    path = written(tmp_path, "# id 7 en\n# _ _ O\nrobert _ _ B-person\n\nB-city  \t 0 Rome\n")
    columns = Columns(separator="space", comment="# id ")
    first, second = read_conll(path, "bio", columns), read_conll(path, "bio", Columns(2, 0, "space", "# "))
    assert next(first).text == "# robert"
    with pytest.raises(InvalidFile, match=r"line 3: has a tag that is not O, B-label or I-label"):
        next(second)
    (only,) = read_conll(written(tmp_path, "B-city  \t 0 Rome\n"), "bio", Columns(2, 0, "space"))
    assert surfaces(only) == [("Rome", "city")]


def test_what_stands_behind_the_tag_may_be_passed_over(tmp_path):
    path = written(tmp_path, "Java\tB-language\tJava\tO\n\t\nruns\tO\truns\tO\n")
    assert [surfaces(sentence) for sentence in read_conll(path, "bio", Columns(0, 1))] == [[("Java", "language")], []]


def test_without_comments_every_line_is_a_token(tmp_path):
    with pytest.raises(InvalidFile, match="line 1: has no tag"):
        list(read_conll(written(tmp_path, "# a comment\n"), "bio", Columns(comment=None)))


@pytest.mark.parametrize("suffix", [".gz", ".bz2"])
def test_packed_files_are_unpacked_and_damaged_ones_named(tmp_path, suffix):
    path = tmp_path / f"corpus.txt{suffix}"
    path.write_bytes((gzip if suffix == ".gz" else bz2).compress("\ufeffRome\tB-place\r\n".encode()))
    (sentence,) = read_conll(path, "bio")
    assert (sentence.text, surfaces(sentence)) == ("Rome", [("Rome", "place")])
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(InvalidFile, match=r"corpus\.txt.*: cannot be read \(what is packed is damaged\)"):
        list(read_conll(path, "bio"))


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


@given(tokens, st.data())
def test_bilou_gives_back_the_mentions_that_were_tagged(words, data):
    tags, wanted, at = [], [], 0
    while at < len(words):
        length = data.draw(st.integers(0, min(3, len(words) - at)))
        label = data.draw(st.sampled_from("ab"))
        tags += (
            ["O"] if not length else [f"U-{label}"] if length == 1 else [f"B-{label}", *[f"I-{label}"] * (length - 2)]
        )
        tags += [f"L-{label}"] if length > 1 else []
        wanted += [(" ".join(words[at : at + length]), label)] if length else []
        at += length or 1
    sentence = Sentence(" ".join(words), spans_of(words, tags, "bilou"))
    assert surfaces(sentence) == wanted


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
    with pytest.raises(InvalidFile, match=r"latin\.txt, line 1: byte 3 of the line is not UTF-8"):
        list(read_conll(path, "bio"))
    with pytest.raises(InvalidFile, match="cannot be read"):
        list(read_conll(tmp_path / "none.txt", "bio"))
