from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hybrid.engines.snippets import SNIPPET, snippet

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
