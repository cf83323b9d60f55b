"""WordNet's nouns where they stand in sentences."""

import pytest

from hybrid.training.sources.wordnet_in_text import MOST_A_SYNSET, WordNetInText
from hybrid.training.sources.wordnet_types import key_of


def found(nouns, *sentences):
    """Per sentence the words that matched."""
    return [
        [example.text[span.start : span.end] for span in example.spans]
        for example in WordNetInText(nouns, sentences).examples()
    ]


def test_the_longest_match_is_taken(nouns):
    assert found(nouns, "Near Mount Etna a shield volcano grew") == [["Mount Etna", "shield volcano"]]


def test_a_match_is_typed_by_what_stands_above_it(nouns):
    source = WordNetInText(nouns, ["the volcano smokes"])
    ((span,),) = (example.spans for example in source.examples())
    assert span.types == tuple(map(key_of, (100, 200, 300)))
    assert source.types[key_of(300)] == ("mountain", "mount")
    assert set(source.types) == set(span.types)


def test_letter_case_must_be_wordnets(nouns):
    assert found(nouns, "A bush by the Volcano") == []
    assert found(nouns, "Then Bush spoke") == [["Bush"]]


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("bank", "3 of 5 senses is less than 75 %"),
        ("mount", "the one noun sense is rarer than the verb"),
        ("entity", "nothing stands above it"),
        ("smoke", "WordNet does not have it"),
    ],
)
def test_what_is_not_clear_is_passed_over(nouns, word, why):
    assert found(nouns, f"see the {word} there") == [], why


def test_one_clear_sense_beside_a_rarer_verb_counts(nouns):
    assert found(nouns, "the ship left") == [["ship"]]


def test_a_synset_is_taken_eight_times_at_most(nouns):
    sentences = [f"ship {number} left" for number in range(20)]
    assert len(found(nouns, *sentences)) == MOST_A_SYNSET


def test_a_text_is_read_once_and_one_without_a_match_is_not_given(nouns):
    assert found(nouns, "the ship", "the ship", "nothing here", "", "🌋 火山 הר") == [["ship"]]
