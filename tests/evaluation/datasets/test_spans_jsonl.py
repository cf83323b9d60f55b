"""JSON lines with spans of tokens: keys, ends, labels, damage."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.errors import InvalidFile
from hybrid.evaluation.datasets import SpanKeys, read_span_files, read_spans
from hybrid.evaluation.sentences import Sentence


def surfaces(sentence: Sentence) -> list[tuple[str, str]]:
    return [(sentence.text[span.start : span.end], span.label) for span in sentence.spans]


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ({"tokens": ["In", "New", "York"], "spans": [[1, 3, "city"]]}, SpanKeys()),
        ({"tokens": ["In", "New", "York"], "entities": [{"start": 1, "end": 3, "type": "city"}]}, SpanKeys()),
        ({"words": ["In", "New", "York"], "mentions": [{"start": 1, "end": 3, "label": "city"}]}, SpanKeys()),
        ({"tokenized_text": ["In", "New", "York"], "ner": [[1, 2, "city"]]}, SpanKeys(inclusive=True)),
        ({"t": ["In", "New", "York"], "s": [[1, 3, ["city"]]], "spans": 1}, SpanKeys(tokens="t", spans="s")),
    ],
)
def test_usual_shapes_are_read_and_others_by_their_keys(write, line, keys):
    (record,) = read_spans(write("a.jsonl", json.dumps(line)), keys)
    assert (record.sentence.text, surfaces(record.sentence)) == ("In New York", [("New York", "city")])
    assert record.id is None


def test_spans_may_overlap_and_a_span_may_have_several_labels(write):
    line = {
        "tokens": ["Bank", "of", "恐竜", "🦖"],
        "spans": [[0, 4, ["bank", "firm"]], [2, 3, "dinosaur"], [0, 4, "bank"]],
    }
    (record,) = read_spans(write("a.jsonl", json.dumps(line)))
    assert surfaces(record.sentence) == [("Bank of 恐竜 🦖", "bank"), ("Bank of 恐竜 🦖", "firm"), ("恐竜", "dinosaur")]


def test_ids_are_read_where_their_key_is_named(write):
    path = write("a.jsonl", '{"key": 3, "tokens": ["a"], "spans": []}\n')
    assert [record.id for record in read_spans(path, SpanKeys(id="key"))] == ["3"]


def test_several_files_are_one(write):
    paths = [write(name, f'{{"tokens": ["{name}"], "spans": []}}\n\n') for name in ("a", "b")]
    assert [record.sentence.text for record in read_span_files(paths).records] == ["a", "b"]


words = st.lists(st.text(st.characters(exclude_categories=("Cs",))).filter(str.strip), min_size=1, max_size=8)


@given(words, st.data(), st.booleans())
def test_a_span_is_its_tokens_joined_by_a_space(tokens, data, inclusive):
    start = data.draw(st.integers(0, len(tokens) - 1))
    end = data.draw(st.integers(start + 1, len(tokens)))
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "a.jsonl"
        path.write_text(json.dumps({"tokens": tokens, "spans": [[start, end - inclusive, "x"]]}))
        (record,) = read_spans(path, SpanKeys(inclusive=inclusive))
    assert surfaces(record.sentence) == [(" ".join(tokens[start:end]), "x")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"spans": []}', "line 2: has no tokens; expected the key one of tokens, tokenized_text"),
        ('{"tokens": ["a"]}', "line 2: has no spans"),
        ('{"tokens": "a b", "spans": []}', "line 2: has tokens that are no list of texts"),
        ('{"tokens": ["a", 1], "spans": []}', "line 2: has tokens that are no list of texts"),
        ('{"tokens": ["a"], "spans": {}}', "line 2: has spans that are no list"),
        ('{"tokens": ["a"], "spans": [[0, 1]]}', "line 2: has the span [0, 1]; expected [start, end, label]"),
        (
            '{"tokens": ["a"], "spans": [[0, 2, "x"]]}',
            "line 2: has a span from 0 to 2; expected one within its 1 tokens",
        ),
        ('{"tokens": ["a"], "spans": [[-1, 1, "x"]]}', "line 2: has a span from -1 to 1"),
        ('{"tokens": ["a"], "spans": [[0, 0, "x"]]}', "line 2: has a span from 0 to 0"),
        ('{"tokens": ["a"], "spans": [["0", 1, "x"]]}', "line 2: has a span from '0' to 1"),
        ('{"tokens": ["a"], "spans": [[0, 1, ""]]}', "expected a label that is a text"),
        ('{"tokens": ["a"], "spans": [{"start": 0, "end": 1}]}', "expected a label that is a text"),
        ('{"tokens": ["a", " "], "spans": [[1, 2, "x"]]}', "line 2: has a span of 'x' without a character that shows"),
        ("tokens", "line 2: no JSON"),
    ],
)
def test_damage_is_named_with_its_line(write, line, message):
    path = write("a.jsonl", f'{{"tokens": ["a"], "spans": []}}\n{line}\n')
    with pytest.raises(InvalidFile) as error:
        list(read_spans(path))
    assert message in str(error.value)
