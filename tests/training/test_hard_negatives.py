"""Hard negatives: in a text that holds a type's words, and no mention of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid.training.hard_negatives import hard_negatives
from hybrid.training.sources import Example, TypedSpan


class Made:
    """A source of given examples."""

    name, licence, published = "made", "none", "nowhere"

    def __init__(self, types, *examples):
        self.types, self._examples = types, examples

    def examples(self):
        return iter(self._examples)


def spans(source, found):
    """Numbers to the spans' own words."""
    words = [own.text[span.start : span.end] for own in source.examples() for span in own.spans]
    return {key: [words[at] for at in numbers] for key, numbers in zip(sorted(source.types), found, strict=True)}


def mention(text, *marks):
    places = [(text.index(words), words, types) for words, *types in marks]
    return Example(text, tuple(TypedSpan(at, at + len(words), tuple(types)) for at, words, types in places))


def test_texts_that_match_the_words_and_hold_no_mention():
    source = Made(
        {"port": ("port", "harbour"), "ship": ("ship",), "town": ("town",)},
        mention("The Titanic is a ship .", ("Titanic", "ship")),
        mention("Ships of all kinds call at Brest .", ("Brest", "port", "town")),
        mention("Bonn has no harbour .", ("Bonn", "town")),
        mention("Nothing here .", ("here", "town")),
    )
    assert spans(source, hard_negatives(source)) == {"port": ["Bonn"], "ship": ["Brest"], "town": []}


def test_a_span_called_as_the_type_or_a_relative_is_no_negative():
    """In a text "vessel" lists only what stands above it; it may still be a ship."""
    source = Made(
        {"craft": ("craft",), "ship": ("ship",), "thing": ("thing",), "vessel": ("vessel",)},
        mention("Titanic", ("Titanic", "craft", "ship", "thing", "vessel")),
        mention("no ship , but a vessel with a Rudder", ("vessel", "craft", "thing"), ("Rudder", "thing")),
        mention("what a ship !", ("ship", "craft", "thing", "vessel")),
    )
    assert spans(source, hard_negatives(source))["ship"] == ["Rudder"]


WORDS = ("lake", "river", "big", "old")
texts = st.lists(st.tuples(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), st.sets(st.sampled_from("lr"))))


@settings(deadline=None)
@given(texts.filter(bool))
def test_no_text_of_the_type_gives_any(drawn):
    examples = [
        Example(" ".join([*words, "Xy"]), (TypedSpan(len(" ".join(words)) + 1, len(" ".join(words)) + 3, tuple(own)),))
        for words, own in drawn
    ]
    source = Made({"l": ("lake",), "r": ("river",)}, *examples)
    for key, word, found in zip("lr", ("lake", "river"), hard_negatives(source), strict=True):
        expected = {at for at, (words, own) in enumerate(drawn) if word in words and key not in own}
        assert set(found.tolist()) == expected


@pytest.mark.parametrize("count", [1, 2])
def test_only_the_best_matches_are_looked_at(count):
    source = Made(
        {"lake": ("lake",), "town": ("town",)},
        mention("lake lake Bern", ("Bern", "town")),
        mention("a lake and so many other words Thun", ("Thun", "town")),
    )
    assert spans(source, hard_negatives(source, count))["lake"] == ["Bern", "Thun"][:count]
