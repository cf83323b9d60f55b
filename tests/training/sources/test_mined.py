"""Mined types: what names at least three mentions."""

from hybrid.training.sources.mined import Mined

SENTENCES = (
    "They saw Etna , an active volcano .",
    "They saw Stromboli , an active volcano .",
    "The old volcano Vesuvius smoked",
    "They saw Hekla , an active volcano .",
    "The Rembrandt was a painter",
    "nothing here",
)


def test_a_type_is_a_phrase_or_its_noun_that_names_three_mentions(nouns):
    source = Mined(nouns, SENTENCES)
    given = {example.text[span.start : span.end]: span.types for example in source.examples() for span in example.spans}
    assert given == {
        "Etna": ("active volcano", "volcano"),
        "Stromboli": ("active volcano", "volcano"),
        "Vesuvius": ("volcano",),
        "Hekla": ("active volcano", "volcano"),
    }
    assert source.types == {"active volcano": ("active volcano",), "volcano": ("volcano",)}


def test_a_sentence_is_counted_once(nouns):
    assert list(Mined(nouns, SENTENCES[:1] * 5).examples()) == []


def test_nouns_are_those_of_wordnet_in_the_singular(nouns):
    source = Mined(nouns, ())
    assert source.noun_of("volcano") == source.noun_of("volcanos") == "volcano"
    assert source.noun_of("mount") is None  # mostly a verb
    assert source.noun_of("etna") is None  # a name, not a noun
    assert source.noun_of("smokes") is None
    assert list(source.examples()) == []
