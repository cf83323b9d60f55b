"""WordNet's nouns as texts of their own."""

from hybrid.training.sources.protocol import Example, TypedSpan
from hybrid.training.sources.wordnet import WordNetNouns
from hybrid.training.sources.wordnet_types import key_of, type_names, types_of

VOLCANO, MOUNTAIN, THING, PERSON, ENTITY = map(key_of, (400, 300, 200, 900, 100))


def test_types_are_ancestors_with_at_least_three_descendants(nouns):
    assert types_of(nouns, 500) == (ENTITY, THING, MOUNTAIN, VOLCANO)
    assert types_of(nouns, 710) == (ENTITY, THING)  # a ship has one kind only
    assert type_names(nouns)[THING] == ("thing", "physical thing")
    assert key_of(700) not in type_names(nouns)


def test_a_noun_stands_alone_and_before_its_definition(nouns):
    examples = {example.text: example.spans for example in WordNetNouns(nouns).examples()}
    own = (TypedSpan(0, 10, (ENTITY, THING, MOUNTAIN)),)
    assert examples["Mont Blanc"] == examples["Mont Blanc : the highest of the Alps"] == own


def test_nouns_are_instances_and_what_nothing_stands_below(nouns):
    given = [example.text for example in WordNetNouns(nouns).examples() if " : " not in example.text]
    assert given == ["Etna", "Mont Blanc", "Stromboli", "shield volcano", "steamer", "painter", "Bush", "bank"]


def test_leaves_are_drawn_the_same_way_every_time(nouns):
    few = WordNetNouns(nouns, leaves=2)
    given = {example.text for example in few.examples()}
    assert len(given & {"shield volcano", "steamer", "painter", "bank"}) == 2
    assert list(few.examples()) == list(WordNetNouns(nouns, leaves=2).examples())
    assert {"Etna", "Bush"} < given  # instances are all there


def test_every_type_of_an_example_has_names(nouns):
    source = WordNetNouns(nouns)
    used = {key for example in source.examples() for span in example.spans for key in span.types}
    assert used == set(source.types)
    assert all(source.types.values())


def test_two_nouns_of_one_spelling_are_one_text_of_both_types(dictionary):
    from hybrid.training.sources.wordnet_files import read_wordnet

    with (dictionary / "data.noun").open("a") as file:
        file.write("00000999 18 n 01 Etna 0 001 @i 00000900 n 0000 | a person of this name\n")
    found = [example for example in WordNetNouns(read_wordnet(dictionary)).examples() if example.text == "Etna"]
    assert found == [Example("Etna", (TypedSpan(0, 4, (ENTITY, THING, MOUNTAIN, VOLCANO, PERSON)),))]
