"""Documents to the JSON that is kept, and back without a loss."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hybrid.documents import Document, EncodedDocument, Encoding, Mention, Passage, Refusal
from hybrid.encoding.protocol import Dimensions
from hybrid.engines.accepting import accept
from hybrid.engines.opensearch.messages import json_body
from hybrid.engines.opensearch.sources import (
    NO_VECTOR,
    WITHOUT_VECTORS,
    mentions_of,
    to_document,
    to_encoded,
    to_given,
    to_source,
)

WIDTHS = Dimensions(3, 2)
# Letters of one and of several code units, joined and combined ones, right-to-left ones, and what JSON escapes.
TEXT = st.text(st.sampled_from('aé🦕👩\u200d👧שלם\u202eعمل日e\u0301 \n\t"\\\x00\u2028\ufeff'), min_size=1, max_size=40)
SCORES = st.none() | st.floats(0.0, 1.0)
VECTOR = st.floats(-1.0, 1.0, width=32)


def kept(encoded, meta):
    """What a server gives back of a document: its JSON, read again."""
    return json.loads(json_body(to_source(accept(encoded, meta, {}))))


@st.composite
def spans(draw, text, most=6):
    """Different spans of a text in the order of their places."""
    starts = st.integers(0, len(text) - 1)
    one = starts.flatmap(lambda start: st.tuples(st.just(start), st.integers(start + 1, len(text))))
    return sorted(draw(st.lists(one, max_size=most, unique=True)))


@st.composite
def encoded_documents(draw):
    text = draw(TEXT)
    origin = draw(st.sampled_from(["given", "detected", "pending"]))
    places = [] if origin == "pending" else draw(spans(text))
    bare = set(draw(st.lists(st.sampled_from(places)))) if places and origin == "given" else set()
    found = {
        place: Mention(*place, text[slice(*place)], draw(SCORES) if origin == "detected" else None) for place in places
    }
    mentions = tuple(found.values())
    with_vectors = tuple(mention for place, mention in found.items() if place not in bare)
    passages = tuple(Passage(*place) for place in draw(spans(text, 3)))
    encoding = Encoding(
        passages,
        draw(arrays(np.float32, (len(passages), 2), elements=VECTOR)) if origin != "pending" else None,
        with_vectors,
        draw(arrays(np.float32, (len(with_vectors), 3), elements=VECTOR)),
        tuple(Refusal(*place, NO_VECTOR) for place in sorted(bare)),
    )
    fields = draw(st.fixed_dictionaries({}, optional={
        "lang": st.sampled_from(["de", "🦕", ""]), "year": st.integers(-(2**63), 2**63 - 1), "open": st.booleans(),
        "price": st.floats(allow_nan=False, allow_infinity=False), "tags": st.lists(st.sampled_from("ab"), min_size=1),
    }))  # fmt: skip
    document = Document(
        "é", text, draw(st.none() | st.just("") | TEXT), fields, None if origin == "pending" else mentions
    )
    return EncodedDocument(document, encoding, origin)


@given(encoded_documents())
def test_a_document_comes_back_as_it_was_written(make, encoded):
    found = to_encoded("é", kept(encoded, make.meta()), WIDTHS)
    assert found.document == encoded.document
    assert found.mentions_from == encoded.mentions_from
    for part in ("passages", "mentions", "refused"):
        assert getattr(found.encoding, part) == getattr(encoded.encoding, part)
    assert same(found.encoding.mention_vectors, encoded.encoding.mention_vectors)
    if encoded.encoding.passages:
        assert same(found.encoding.passage_vectors, encoded.encoding.passage_vectors)


def same(found, expected):
    """Equal to the bit, and as an encoder gives it."""
    if expected is None:
        return found is None
    return (
        found.dtype == np.float32
        and found.flags.c_contiguous
        and found.shape == expected.shape
        and found.tobytes() == expected.tobytes()
    )


def test_what_is_kept_of_a_document(make):
    encoded = make.encoded(
        "a", "🦕 plant", {"plant": (1, 0, 0)}, (0, 1), title="Tyres", fields={"on": dt.date(1971, 3, 9), "none": None}
    )
    assert kept(encoded, make.meta()) == {
        "id": "a",
        "text": "🦕 plant",
        "title": "Tyres",
        "mentions_from": "given",
        "fields": {"on": "1971-03-09"},
        "passages": [{"start": 0, "end": 7, "vector": [0.0, 1.0]}],
        "mentions": [{"start": 2, "end": 7, "surface": "plant", "vector": [1.0, 0.0, 0.0]}],
    }


def test_what_a_document_does_not_have_is_not_kept(make):
    assert kept(make.encoded("a"), make.meta(passage=None)) == {
        "id": "a",
        "text": "a text",
        "mentions_from": "given",
        "passages": [{"start": 0, "end": 6}],
        "mentions": [],
    }


def test_numbers_keep_the_type_of_their_field(make):
    encoded = make.encoded("a", fields={"price": 2, "prices": [1, 2.5], "year": 2})
    source = to_source(accept(encoded, make.meta({"price": "float"}), {"price": "float"}))
    assert b'"fields":{"price":2.0,"prices":[1.0,2.5],"year":2}' in json_body(source)


def test_a_surface_is_that_of_the_text_in_code_points(make):
    encoded = make.encoded("a", "👩‍👩‍👧 שלום plant", {"שלום": (1, 0, 0)})
    (mention,) = kept(encoded, make.meta())["mentions"]
    assert (mention["start"], mention["end"], mention["surface"]) == (6, 10, "שלום")


def test_given_mentions_without_a_vector_keep_their_place_among_the_others(make):
    encoded = make.encoded("a", "a ~ plant", {"plant": (1, 0, 0)}, refused=[Refusal(2, 3, "no token")])
    source = kept(encoded, make.meta())
    assert [(entry["surface"], "vector" in entry) for entry in source["mentions"]] == [("~", False), ("plant", True)]
    assert mentions_of(source) == (Mention(2, 3, "~"), Mention(4, 9, "plant"))


def test_what_a_detector_refused_is_no_mention(make):
    encoded = make.encoded("a", "a ~ plant", {"plant": (1, 0, 0)}, source="detected", refused=[Refusal(2, 3, "why")])
    assert [entry["surface"] for entry in kept(encoded, make.meta())["mentions"]] == ["plant"]


@pytest.mark.parametrize(
    "layout", [np.asfortranarray, lambda rows: rows.astype(np.float64), lambda rows: rows[:, ::-1]]
)
def test_vectors_of_any_layout_and_precision_are_kept_as_float32(make, layout):
    encoded = make.encoded("a", "x y", {"x": (0.1, 0.2, 0.3), "y": (0.3, 0.2, 0.1)}, (0.1, 0.2))
    encoding = encoded.encoding
    rows, passages = layout(encoding.mention_vectors), layout(encoding.passage_vectors)
    changed = replace(encoded, encoding=replace(encoding, mention_vectors=rows, passage_vectors=passages))
    found = to_encoded("a", kept(changed, make.meta()), WIDTHS).encoding
    assert np.array_equal(found.mention_vectors, rows.astype(np.float32))
    assert np.array_equal(found.passage_vectors, passages.astype(np.float32))


# What others wrote.


@pytest.mark.parametrize(
    "source", [{"text": "x"}, {"text": "x", "mentions_from": "pending"}, {"text": "x", "mentions_from": 7}]
)
def test_what_came_past_the_library_waits_to_be_encoded(source):
    encoded = to_encoded("a", source, WIDTHS)
    assert encoded.mentions_from == "pending"
    assert encoded.document == to_document("a", source) == Document("a", "x", None, {}, None)
    assert encoded.encoding.mention_vectors.shape == (0, 3)


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"text": "x", "fields": None, "mentions": None, "passages": None, "title": None},
        {"id": "a", "mentions_from": "given"},
    ],
)
def test_a_source_may_lack_anything(source):
    encoded = to_encoded("a", source, WIDTHS)
    assert (encoded.document.id, encoded.document.text) == ("a", source.get("text", ""))
    assert encoded.encoding.passages == ()


def test_passages_of_which_one_has_no_vector_have_none():
    source = {"text": "x y", "passages": [{"start": 0, "end": 1, "vector": [1, 0]}, {"start": 2, "end": 3}]}
    encoding = to_encoded("a", source, WIDTHS).encoding
    assert encoding.passages == (Passage(0, 1), Passage(2, 3))
    assert encoding.passage_vectors is None


@pytest.mark.parametrize("passages", [[], [{"start": 0, "end": 1}]])
def test_an_index_without_passage_vectors_has_none(passages):
    encoding = to_encoded("a", {"text": "x", "passages": passages}, Dimensions(3, None)).encoding
    assert (len(encoding.passages), encoding.passage_vectors) == (len(passages), None)


# What a reader and a rebuild are given.


def test_a_document_without_its_text_keeps_its_surfaces():
    source = {"text": "a plant", "mentions_from": "given", "mentions": [{"start": 2, "end": 7, "surface": "plant"}]}
    document = to_document("a", source, text=False)
    assert (document.text, document.mentions) == ("", (Mention(2, 7, "plant"),))


@pytest.mark.parametrize(
    ("origin", "mentions"), [("given", (Mention(2, 7, "plant"),)), ("detected", None), ("pending", None)]
)
def test_for_a_rebuild_only_what_was_given_is_given_again(origin, mentions):
    source = {"text": "a plant", "mentions_from": origin, "mentions": [{"start": 2, "end": 7}]}
    assert to_given("a", source).mentions == mentions


def test_given_as_without_mentions_stays_so():
    assert to_given("a", {"text": "x", "mentions_from": "given", "mentions": []}).mentions == ()


def test_vectors_are_left_out_by_their_full_paths():
    # A bare name among the includes makes 3.6 answer with a number for each vector.
    assert WITHOUT_VECTORS == {"excludes": ["mentions.vector", "passages.vector"]}
