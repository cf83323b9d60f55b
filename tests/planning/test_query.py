"""Which words can be asked."""

import pytest

from hybrid.errors import InvalidQuery
from hybrid.planning.query import checked_query


def test_words_join_type_and_about() -> None:
    assert checked_query("dinosaur", None, None).words == "dinosaur"
    assert checked_query("dinosaur", "found in Alberta", None).words == "dinosaur found in Alberta"


@pytest.mark.parametrize("type", ["恐竜", "ديناصور", "🦖", "d" * 2_000, "e\u0301toile"])
def test_any_script_can_be_asked(type: str) -> None:
    assert checked_query(type, None, {}).type == type


@pytest.mark.parametrize(
    ("type", "about", "words"),
    [
        ("", None, "type is empty"),
        (" \n", None, "type is empty"),
        ("d" * 10_000, None, "type has 10,000 characters; at most 2,000"),
        (None, None, "type is NoneType; expected words as a string"),
        ("\ud800", None, "type holds a lone surrogate"),
        ("dinosaur", "", "about is empty"),
        ("dinosaur", 5, "about is int"),
    ],
)
def test_what_cannot_be_asked(type: str, about: str | None, words: str) -> None:
    with pytest.raises(InvalidQuery, match=words):
        checked_query(type, about, None)
