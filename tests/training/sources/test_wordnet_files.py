"""Reading data.noun and index.sense as wndb(5WN) and senseidx(5WN) describe them."""

import pytest

from hybrid.errors import InvalidFile
from hybrid.training.sources.wordnet_files import Senses, Synset, read_wordnet


def test_a_synset_has_words_a_definition_and_what_stands_above_it(nouns):
    assert nouns.synsets[300] == Synset(("mountain", "mount"), "high land", (200,), False)
    assert nouns.synsets[500] == Synset(("Etna", "Mount_Etna"), "a volcano of Sicily", (400,), True)
    assert len(nouns.synsets) == 14


def test_pointers_to_parts_and_verbs_are_no_kinds(nouns):
    assert nouns.synsets[520].hypernyms == (400,)
    assert nouns.synsets[700].hypernyms == (200,)


def test_ancestors_and_descendants_go_through_kinds_and_instances(nouns):
    assert nouns.ancestors[500] == {400, 300, 200, 100}
    assert nouns.ancestors[100] == frozenset()
    assert nouns.descendants[400] == 3
    assert nouns.descendants[300] == 5
    assert nouns.descendants[100] == 13


def test_senses_are_counted_by_noun_and_by_what_else_a_lemma_means(nouns):
    assert nouns.senses["bank"] == Senses({930: 3, 900: 2}, 9)
    assert nouns.senses["ship"] == Senses({700: 50}, 6)
    assert "smoke" not in nouns.senses


def test_a_circle_ends(dictionary):
    text = (dictionary / "data.noun").read_text()
    (dictionary / "data.noun").write_text(text.replace("entity 0 002 ~ 00000200", "entity 0 002 @ 00000200"))
    assert 100 in read_wordnet(dictionary).ancestors[200]


def test_windows_line_ends_are_read(dictionary, nouns):
    for name in ("data.noun", "index.sense"):
        (dictionary / name).write_bytes((dictionary / name).read_bytes().replace(b"\n", b"\r\n"))
    assert read_wordnet(dictionary) == nouns


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(InvalidFile, match=r"expected WordNet's dict folder, with data\.noun and index\.sense"):
        read_wordnet(tmp_path)


@pytest.mark.parametrize(
    ("name", "line", "told"),
    [
        ("data.noun", "00000999 03 n zz entity", r"data\.noun, line 17: is no synset of data\.noun"),
        ("data.noun", "00000999 03 n 01", r"data\.noun, line 17: is no synset"),
        ("data.noun", "00000999 03 n 01 ghost 0 001 @ 12345678 n 0000 | x", r"no synset 12345678, .* above 00000999"),
        ("index.sense", "ghost 00000100 1", r"index\.sense, line 23: is no sense of index\.sense"),
        ("index.sense", "ghost%1:18:00:: many 1 0", r"index\.sense, line 23: is no sense"),
    ],
)
def test_a_damaged_line_is_named(dictionary, name, line, told):
    with (dictionary / name).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(InvalidFile, match=told):
        read_wordnet(dictionary)


def test_what_is_no_utf_8_is_named(dictionary):
    (dictionary / "data.noun").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidFile, match=r"data\.noun: is not UTF-8"):
        read_wordnet(dictionary)
