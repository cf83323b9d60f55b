from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from hybrid.engines.embedded.analysis import MAX_TOKEN, Analyzer, lower

SEPARATORS = regex.compile(r"[\p{White_Space}\x1c-\x1f\p{P}\p{S}]+")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Michelin opened a plant in Nova Scotia.", ["michelin", "open", "a", "plant", "in", "nova", "scotia"]),
        # What Lucene's Snowball gives; newer Snowballs say organiz and universiti.
        ("organizations, universities", ["organ", "univers"]),
        ("It adds, added and is adding: add!", ["it", "add", "add", "and", "is", "add", "add"]),
        ("state-of-the-art e.g. it's", ["state", "of", "the", "art", "e", "g", "it", "s"]),
        ("a\u00a0b\u2007c\u202fd\u0085e\u001cf", ["a", "b", "c", "d", "e", "f"]),
        ("ΟΔΟΣ İstanbul STRASSE ß", ["οδοσ", "istanbul", "strass", "ß"]),
        ("日本語のテキスト", ["日本語のテキスト"]),
        ("שלום עולם", ["שלום", "עולם"]),
        ("a🦕b 👩‍👩‍👧", ["a", "b", "\u200d", "\u200d"]),
        ("1,000.50", ["1", "000", "50"]),
        ("!!! … 🦕", []),
        ("", []),
    ],
)
def test_tokens(text, tokens):
    assert Analyzer()(text) == tokens


def test_language_none_leaves_words_as_they_are():
    assert Analyzer("none")("Universities added") == ["universities", "added"]


def test_a_long_token_is_cut_into_pieces():
    assert [len(token) for token in Analyzer("none")("x" * (2 * MAX_TOKEN + 7))] == [MAX_TOKEN, MAX_TOKEN, 7]


def test_lower_case_goes_code_point_by_code_point():
    for character in map(chr, range(sys.maxunicode + 1)):
        assert lower(character) == character.lower()[0]


@given(st.text())
def test_neighbours_do_not_change_the_lower_case(text):
    assert lower(text) == "".join(lower(character) for character in text)


@given(st.text())
def test_without_a_stemmer_tokens_are_what_stands_between_separators(text):
    words = [lower(word) for word in SEPARATORS.split(text) if word]
    assert Analyzer("none")(text) == [
        word[start : start + MAX_TOKEN] for word in words for start in range(0, len(word), MAX_TOKEN)
    ]


@given(st.text())
def test_white_space_splits_the_joined_tokens_as_they_were(text):
    tokens = Analyzer()(text)
    assert " ".join(tokens).split(" ") == (tokens or [""])
    assert all(tokens)


def test_threads_may_share_an_analyzer():
    analyzer, text = Analyzer(), "universities organizations relational conditional happiness " * 50
    expected = Analyzer()(text)
    with ThreadPoolExecutor(8) as pool:
        assert all(tokens == expected for tokens in pool.map(analyzer, [text] * 64))
