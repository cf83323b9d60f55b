"""What is asked of texts and spans before any model sees them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.encoding.checks import check_spans, check_texts
from hybrid.errors import EncoderError


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_every_text_of_whole_characters_passes(texts: list[str]) -> None:
    check_texts(texts)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0xD800, 0xDFFF), st.text())
def test_the_first_half_character_is_named(before: str, half: int, after: str) -> None:
    with pytest.raises(EncoderError, match=f"text 1 of the input: offset {len(before)} is half"):
        check_texts(["fine", before + chr(half) + after])


def test_none_asks_for_detection_everywhere() -> None:
    assert check_spans(["a", "b"], None) == [None, None]
    assert check_spans([], None) == []


@given(st.text(min_size=1), st.data())
def test_every_span_within_its_text_passes(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert check_spans([text, text], [[(start, end)], None]) == [[(start, end)], None]


@pytest.mark.parametrize("spans", [[(np.int64(0), np.int32(2))], np.array([[0, 2]]), iter([(0, 2)])])
def test_numbers_of_numpy_and_any_iterable_become_pairs_of_integers(spans: Any) -> None:
    [found] = check_spans(["abc"], [spans])
    assert found == [(0, 2)]
    assert [type(number) for number in found[0]] == [int, int]


@pytest.mark.parametrize(("texts", "kind"), [("abc", "one string"), (iter(["abc"]), "list_iterator"), (None, "None")])
def test_what_is_no_sequence_of_texts_is_an_error(texts: Any, kind: str) -> None:
    with pytest.raises(EncoderError, match=f"texts must be a sequence of strings, found {kind}"):
        check_texts(texts)


@pytest.mark.parametrize("bad", [[3], [(1,)], [(0, 1, 2)], [("a", "b")], [(0.0, 1.0)], [None], 5])
def test_what_is_no_pair_is_an_error(bad: Any) -> None:
    with pytest.raises(EncoderError, match="text 1 of the input: spans must be pairs of whole numbers"):
        check_spans(["abc", "abc"], [[(0, 1)], bad])
