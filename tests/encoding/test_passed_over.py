"""Addresses and user names, and the words that stand in them."""

import re

import pytest
from pieces import pieces

from hybrid.encoding.passed_over import ADDRESSES, HANDLES, PASSED_OVER, REACH, passed_over
from hybrid.encoding.words import words_of


def over(text: str, names=PASSED_OVER) -> list[str]:
    """The words that are passed over, each sign a token of its own."""
    words = words_of(*pieces(*re.findall(r"\w+|\S", text), text=text), text)
    found = passed_over(words, text, names)
    return [text[word.start : word.end] for word, own in zip(words, found, strict=True) if own]


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("Etna erupts https://t.co/OI5UezRRlv in Sicily", "https : / / t . co / OI5UezRRlv"),
        ("see HTTP://Example.org", "HTTP : / / Example . org"),
        ("18lohttp://forex.example/a", "18lohttp : / / forex . example / a"),
        ("at www.nasa.gov today", "www . nasa . gov"),
        ("write to ada.lovelace@example.org, Ada", "ada . lovelace @ example . org"),
        ("<https://example.org>Oslo", "https : / / example . org"),
        ("https://example.org。東京", "https : / / example . org"),
        ("https://example.org/Köln-Messe in Köln", "https : / / example . org / Köln - Messe"),
        ("Amazon.com and booking.com fell", ""),
        ("either/or, 9:30, a//b", ""),
    ],
)
def test_addresses(text, passed):
    assert over(text, {ADDRESSES}) == passed.split()


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("RT @NASA : Saturn", "@ NASA"),
        ("(@midnight_sky33)", "@ midnight_sky33"),
        ("5 @ 9 pm, @ home", ""),
        ("ada@example.org", ""),
        ("#NASA", ""),
        ("@nasa の 東京ドーム", "@ nasa"),
    ],
)
def test_handles(text, passed):
    assert over(text, {HANDLES}) == passed.split()


def test_nothing_is_passed_over_unless_it_is_named():
    assert over("@nasa https://nasa.gov", ()) == []
    assert over("@nasa https://nasa.gov", {HANDLES}) == ["@", "nasa"]
    assert over("", PASSED_OVER) == []


def test_an_address_that_begins_before_the_window_is_known_as_one():
    text = "https://example.org/" + "a/" * (REACH // 4) + "Paris in Oslo"
    tail = text.index("Paris")
    starts, ends = pieces("Paris", "in", "Oslo", text=text[tail:])
    words = words_of(starts + tail, ends + tail, text)
    assert passed_over(words, text, PASSED_OVER).tolist() == [True, False, False]
