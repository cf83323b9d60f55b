"""NERetrieve's layout: tagging in one file, retrieval with texts and tags apart."""

import json

import pytest

from hybrid.errors import InvalidFile
from hybrid.evaluation.datasets import Rules, convert, find_recipe, read_neretrieve, read_recipe

TAGS = {"FOREST_BIRD": {"Q1": {"great tit": [[1, 2], [4]]}}, "TOWN": {"Q2": {"Bonn": [[]]}}}
TOKENS = ["The", "great", "tit", ".", "Tit", "."]


def lines(*shapes: object) -> str:
    return "".join(json.dumps(shape) + "\n" for shape in shapes)


def test_a_tagged_text_has_mentions_and_answers_types_without_a_place_too(write):
    path = write("a.jsonl", lines({"id": "a", "document_token_sequence": TOKENS, "tagged_entities": TAGS}))
    task = convert("birds", read_neretrieve([path]), Rules()).task
    assert task.types == {"FOREST_BIRD": "forest bird", "TOWN": "town"}
    (sentence,) = task.sentences
    assert [sentence.text[span.start : span.end] for span in sentence.spans] == ["great tit", "Tit"]
    assert (task.relevant("TOWN"), task.relevant("FOREST_BIRD")) == ({0}, {0})


def test_texts_and_tags_of_several_files_belong_together_by_id(write, tmp_path):
    folder = tmp_path / "set"
    write(
        "set/NERetrive_IR_corpus.jsonl", lines({"id": "a", "content": " ".join(TOKENS)}, {"id": "b", "content": "x  y"})
    )
    write("set/NERetrive_IR_train.jsonl", lines({"id": "a", "tagged_entities": TAGS}))
    write("set/NERetrive_IR_test.jsonl", lines({"id": "a", "tagged_entities": {"RIVER": {"Q3": {"Tit": [[4]]}}}}))
    source, files = read_recipe(find_recipe("neretrieve"), [folder])
    task = convert("set", source, Rules()).task
    assert [file.name for file in files] == [f"NERetrive_IR_{part}.jsonl" for part in ("corpus", "train", "test")]
    assert (task.ids, task.sentences[1].text, task.relevant("RIVER")) == (("a", "b"), "x  y", {0})
    assert task.sentences[0].labels == {"FOREST_BIRD", "RIVER"}


def test_places_outside_the_text_are_left_out_and_told(write):
    places = [[0], [1, 0], [2], [7], [-1], ["0"], [3], 0.5]
    tags = {"TOWN": {"Q2": {"Bonn": places}}}
    source = read_neretrieve(
        [write("a.jsonl", lines({"id": "a", "content": "Bonn am Rhein ", "tagged_entities": tags}))]
    )
    (record,) = source.records
    text = record.sentence.text
    assert [text[span.start : span.end] for span in record.sentence.spans] == ["Bonn", "Bonn am", "Rhein"]
    assert (text, record.answers) == ("Bonn am Rhein ", {"TOWN"})
    assert source.notes == ("5 places of mentions that lie outside their texts were left out",)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"id": "a"}, "line 1: has neither content, document_token_sequence nor tagged_entities"),
        ({"id": "a", "content": 1}, "line 1: has a text that is none"),
        ({"id": "a", "tagged_entities": TAGS}, "line 1: tags the text 'a', which no file holds"),
        ({"id": "a", "content": "x", "tagged_entities": []}, "line 1: has tagged_entities of another shape"),
        (
            {"id": "a", "content": "x", "tagged_entities": {"T": {"Q": {"x": 1}}}},
            "line 1: has tagged_entities of another",
        ),
        ({"id": "a", "content": "x", "tagged_entities": {"T": ["Q"]}}, "line 1: has tagged_entities of another shape"),
        ({"content": "x"}, "line 1: has no id"),
    ],
)
def test_damage_is_named_with_its_line(write, line, message):
    with pytest.raises(InvalidFile) as error:
        read_neretrieve([write("a.jsonl", lines(line))])
    assert message in str(error.value)
