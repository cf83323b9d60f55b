"""What a sentence says of its names."""

import pytest

from hybrid.training.sources.patterns import names_of, pairs_of
from hybrid.training.sources.words import words_of

NOUNS = {"volcano", "physicist", "city", "university", "composer", "river", "film", "port"}


def noun_of(word: str) -> str | None:
    return next(
        (noun for noun in (word, word.removesuffix("s"), word.removesuffix("ies") + "y") if noun in NOUNS), None
    )


def told(text: str) -> set[tuple[str, str]]:
    words = words_of(text)
    return {
        (" ".join(word.text for word in words[pair.first : pair.end]), " ".join(pair.phrase))
        for pair in pairs_of(words, noun_of)
    }


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("They saw Etna , an active volcano in Sicily .", {("Etna", "active volcano")}),
        ("Mount Etna is a volcano .", {("Mount Etna", "volcano")}),
        ("Mount Etna was the very old volcano of Sicily", {("Mount Etna", "very old volcano")}),
        ("In 1905 the physicist Albert Einstein wrote", {("Albert Einstein", "physicist")}),
        ("She left Harvard University in May", {("Harvard University", "university")}),
        ("She left the University of Padua", {("University of Padua", "university")}),
        (
            "He loved cities such as Rome , Paris and Bonn .",
            {("Rome", "city"), ("Paris", "city"), ("Bonn", "city")},
        ),
        ("Large rivers , such as the Rhine", set()),
        ("Rivers such as Rhine flow", set()),
    ],
)
def test_patterns(text, pairs):
    assert told(text) == pairs


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Etna , who smokes",
        "Etna is hot",
        "the Etna , the Vesuvius",
        "He saw Etna , a of",
        "they rather quickly Etna",
        "etna , a volcano",
        "🌋 , a volcano",
        "he saw A , a volcano",
    ],
)
def test_nothing_is_told(text):
    assert told(text) == set()


def test_names_are_runs_of_capitalised_words_with_joints():
    def names(text):
        texts = text.split()
        return [" ".join(texts[first:end]) for first, end in names_of(texts)]

    assert names("Then Ludwig van Beethoven met Goethe") == ["Then Ludwig", "Beethoven", "Goethe"]
    assert names("the Bank of England and France") == ["Bank of England", "France"]
    assert names("Yesterday it rained") == []
    assert names("they saw Édith Piaf") == ["Édith Piaf"]
