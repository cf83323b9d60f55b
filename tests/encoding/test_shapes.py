"""What the shapes of words tell, and where they stand beside token states."""

import numpy as np
import pytest

from hybrid.encoding.shapes import SHAPES, shapes_of, with_shapes
from hybrid.encoding.words import Word


def words(text: str) -> list[Word]:
    """Words between white space, and a full stop at a word's end by itself."""
    found, at = [], 0
    for piece in text.replace(".", " .").split():
        at = text.index(piece, at)
        found.append(Word(len(found), at, at + len(piece)))
        at += len(piece)
    return found


def told(text: str) -> list[set[str]]:
    """The names of what is 1 of each word, without `cased`."""
    rows = shapes_of(words(text), text)[:, :-1]
    return [{name for name, value in zip(SHAPES, row, strict=False) if value} for row in rows]


def test_capitals_digits_and_signs_are_told_apart():
    assert told("an iPhone 7s for Ada and NASA in 1999 -") == [
        {"opens", "after"}, {"inner"}, {"digit", "before"}, {"after"}, {"title"},
        {"before", "after"}, {"caps"}, {"before"}, {"digit", "number"}, {"sign"},
    ]  # fmt: skip


def test_the_first_word_of_each_sentence_opens():
    assert [name for name, own in zip("abcd", told("It is. So"), strict=True) if "opens" in own] == ["a", "d"]
    later = shapes_of(words("He left. We stay")[3:], "He left. We stay")
    assert later[:, SHAPES.index("opens")].tolist() == [1.0, 0.0], "a window that begins with a sentence"
    within = shapes_of(words("He left us")[1:], "He left us")
    assert within[:, SHAPES.index("opens")].tolist() == [0.0, 0.0], "one that begins within a sentence"


def test_what_follows_a_hash_or_an_at_is_tagged():
    text = "see #Denver @ home"
    own = shapes_of([Word(0, 0, 3), Word(1, 4, 5), Word(2, 5, 11), Word(3, 12, 13), Word(4, 14, 18)], text)
    assert own[:, SHAPES.index("tagged")].tolist() == [0, 0, 1, 0, 0]


@pytest.mark.parametrize(("text", "share"), [("THE END IS NEAR", 1.0), ("all in lower case", 0.0), ("Ada left", 0.5)])
def test_a_text_in_capitals_is_known_by_its_share_of_them(text, share):
    assert set(shapes_of(words(text), text)[:, -1].tolist()) == {share}


def test_no_word_has_no_shape():
    assert shapes_of([], "…").shape == (0, len(SHAPES))


def test_shapes_stand_beside_the_states_of_first_tokens():
    text = "Ada left"
    starts, ends = np.array([-1, 0, 2, 4, -1]), np.array([-1, 2, 3, 8, -1])
    states = np.arange(10, dtype=np.float32).reshape(5, 2)
    own = with_shapes(states, starts, ends, text)
    assert own.dtype == np.float32
    np.testing.assert_array_equal(own[:, :2], states)
    np.testing.assert_array_equal(own[[1, 3], 2:], shapes_of([Word(1, 0, 3), Word(3, 4, 8)], text))
    assert not own[[0, 2, 4], 2:].any()
