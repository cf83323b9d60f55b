"""Texts with mentions marked in place, and what is wrong with those that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.errors import InvalidFile
from hybrid.evaluation.sentences import LabelledSpan, Sentence
from hybrid.training.sources.marked import parse_marked, read_marked


def test_marks_become_spans_of_the_plain_text():
    found = parse_marked("The [Chiron|sports car; car] left [Ehra|village].")
    assert found == Sentence(
        "The Chiron left Ehra.",
        (LabelledSpan(4, 10, "car"), LabelledSpan(4, 10, "sports car"), LabelledSpan(16, 20, "village")),
    )


def test_neighbours_and_edges_are_kept_apart():
    found = parse_marked("[Ada|person][Bob|person]")
    assert found.text == "AdaBob"
    assert [(span.start, span.end) for span in found.spans] == [(0, 3), (3, 6)]


PLAIN = st.text(st.characters(exclude_characters="[]|;", exclude_categories=("Cs", "Z", "C")), min_size=1, max_size=8)


@given(st.lists(st.tuples(PLAIN, PLAIN, st.lists(PLAIN, min_size=1, max_size=3)), min_size=1, max_size=4))
def test_what_is_marked_is_read_again(parts):
    line = "".join(f"{before}[{surface}|{'; '.join(types)}]" for before, surface, types in parts)
    found = parse_marked(line)
    assert found.text == "".join(before + surface for before, surface, _ in parts)
    expected = [(surface, type) for _, surface, types in parts for type in types]
    assert {(found.text[span.start : span.end], span.label) for span in found.spans} == set(expected)


def test_emoji_and_right_to_left_are_counted_in_code_points():
    found = parse_marked("🦕 [دبي|city] 👩‍🚀")
    assert found.spans == (LabelledSpan(2, 5, "city"),)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a [b c", "has a '\\['"),
        ("a ]", "has a ']'"),
        ("a | b", "has a '|'"),
        ("[a|b|c]", "has a '\\['"),
        ("[ a|b]", "white space at the edge of the mention ' a'"),
        ("[a|b;]", "a mention 'a' with a type without a word"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, line, says):
    path = tmp_path / "made.txt"
    path.write_text(f"[Etna|volcano]\n\n{line}\n", encoding="utf-8")
    with pytest.raises(InvalidFile, match=rf"made\.txt.*3.*{says}"):
        list(read_marked(path))
