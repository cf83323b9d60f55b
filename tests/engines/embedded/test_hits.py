from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.documents import Mention
from hybrid.engines.embedded.hits import SNIPPET, best_matches, snippet

TEXT = st.text(st.sampled_from("ab  é🦕\n"), min_size=1, max_size=900)


@given(TEXT, st.data())
def test_a_snippet_is_a_piece_of_the_text_with_the_match_in_it(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found = snippet(text, (start, end))
    assert found.text == text[found.start : found.start + len(found.text)]
    assert len(found.text) <= SNIPPET
    assert found.start <= start
    assert found.start + len(found.text) >= min(end, start + SNIPPET)


@given(TEXT)
def test_without_a_match_a_snippet_is_the_texts_start(text):
    found = snippet(text, None)
    assert found.start == 0
    assert text.startswith(found.text)


def test_a_short_text_is_its_own_snippet():
    assert snippet("x" * SNIPPET, (0, 1)).text == "x" * SNIPPET


def test_words_are_not_cut_where_a_border_is_near():
    text = "word " * 200
    found = snippet(text, (500, 504))
    assert found.text.startswith("word")
    assert found.text.endswith("word")
    assert 200 < len(found.text) <= SNIPPET


def test_a_text_without_borders_is_cut_anyway():
    assert len(snippet("字" * 1_000, (500, 502)).text) == SNIPPET


@given(st.lists(st.sampled_from([-1.0, 0.0, 0.5, 0.5, 1.0, 1.0000001]), max_size=12), st.integers(0, 5))
def test_the_best_matches_fall_by_cosine_and_equal_ones_keep_their_place(cosines, wanted):
    mentions = [Mention(place, place + 1) for place in range(len(cosines))]
    found = best_matches(mentions, cosines, wanted)
    expected = sorted(range(len(cosines)), key=lambda place: (-cosines[place], place))[:wanted]
    assert [match.start for match in found] == expected
    assert [match.cosine for match in found] == pytest.approx([min(1.0, cosines[place]) for place in expected])
    assert all(-1.0 <= match.cosine <= 1.0 for match in found)
