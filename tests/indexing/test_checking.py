"""What a document may be, and what the user reads where it may not."""

import datetime as dt
import enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.documents import Document, Mention
from hybrid.errors import InvalidDocument
from hybrid.indexing.checking import as_document, content_id

TEXT = "Michelin opened a plant in Nova Scotia."


def test_a_bare_text_gets_the_hash_of_its_content_as_id() -> None:
    document = as_document(TEXT)
    assert document.text == TEXT
    assert document.id == content_id(TEXT) == as_document({"text": TEXT}).id
    assert as_document(TEXT + " ").id != document.id
    assert as_document({"text": TEXT, "title": "News"}).id != document.id


def test_a_mapping_has_a_documents_attributes() -> None:
    document = as_document(
        {"id": "1", "text": TEXT, "title": "News", "fields": {"year": 1971}, "mentions": [{"start": 0, "end": 8}]}
    )
    assert document == Document("1", TEXT, "News", {"year": 1971}, (Mention(0, 8, "Michelin"),))


def test_mentions_none_asks_for_detection_and_an_empty_list_says_there_are_none() -> None:
    assert as_document({"text": TEXT}).mentions is None
    assert as_document({"text": TEXT, "mentions": None}).mentions is None
    assert as_document({"text": TEXT, "mentions": []}).mentions == ()


def test_fields_are_kept_in_their_stored_form() -> None:
    berlin = dt.timezone(dt.timedelta(hours=2))
    fields = {
        "day": dt.date(1971, 7, 1),
        "at": dt.datetime(1971, 7, 1, 12, 30, tzinfo=berlin),
        "tags": ("a", "b"),
        "numbers": [1, 2.5],
        "nothing": None,
        "none": [],
        "holes": [None, 3],
        "open": True,
    }
    assert as_document(Document("1", TEXT, fields=fields)).fields == {
        "day": "1971-07-01",
        "at": "1971-07-01T10:30:00.000000Z",
        "tags": ["a", "b"],
        "numbers": [1.0, 2.5],
        "holes": [3],
        "open": True,
    }


@pytest.mark.parametrize("text", ["🦖", "恐竜の化石", "ديناصور", "!!!", "\ufeffx", "a" * 1_000_000, "é" * 500_000])
def test_any_text_up_to_a_megabyte_is_taken(text: str) -> None:
    assert as_document({"id": "1", "text": text}).text == text


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (5, "int was found; expected a Document, a mapping or a text"),
        ({"id": "a"}, "document 'a', field 'text': there is no text"),
        ({"id": "a", "text": 5}, "document 'a', field 'text': the text is int; expected a string"),
        ({"id": "a", "text": None}, "the text is NoneType"),
        ({"id": "a", "text": TEXT, "title": 5}, "field 'title': the title is int"),
        ({"id": "a", "text": TEXT, "colour": 5}, "document 'a': unknown key 'colour'"),
        ({"id": "a", "text": ""}, "document 'a', field 'text': the text is empty or white space"),
        ({"id": "a", "text": " \n\u2003"}, "the text is empty or white space"),
        ({"id": "a", "text": "x" * 1_000_001}, "text and title have 1,000,001 bytes in UTF-8; expected at most 1,000"),
        ({"id": "a", "text": "é" * 500_001}, "1,000,002 bytes"),
        ({"id": "a", "text": "x" * 1_000_000, "title": "y"}, "1,000,001 bytes"),
        ({"id": "a", "text": "abc\ud83d"}, "field 'text': offset 3 holds a lone surrogate"),
        ({"id": "a", "text": TEXT, "title": "\udc00"}, "field 'title': offset 0 holds a lone surrogate"),
        ({"id": 5, "text": TEXT}, "the id 5 is int; expected a string"),
        ({"id": "", "text": TEXT}, "the id is empty"),
        ({"id": "é" * 257, "text": TEXT}, "the id has 514 bytes in UTF-8; expected at most 512"),
        ({"id": "\ud800", "text": TEXT}, "field 'id': offset 0 holds a lone surrogate"),
        ({"id": "a", "text": TEXT, "fields": [1]}, "field 'fields': list was found; expected a mapping"),
        ({"id": "a", "text": TEXT, "fields": {"x.y": 1}}, "document 'a', field 'x.y': the name of a field has no dot"),
        ({"id": "a", "text": TEXT, "fields": {"_x": 1}}, "starts with neither"),
        ({"id": "a", "text": TEXT, "fields": {"$x": 1}}, "starts with neither"),
        ({"id": "a", "text": TEXT, "fields": {"": 1}}, "has 0 characters; expected 1 to 100"),
        ({"id": "a", "text": TEXT, "fields": {"x" * 101: 1}}, "has 101 characters"),
        ({"id": "a", "text": TEXT, "fields": {5: 1}}, "the name 5 of a field is no string"),
        ({"id": "a", "text": TEXT, "fields": {"x": float("nan")}}, "field 'x': nan is no finite number"),
        ({"id": "a", "text": TEXT, "fields": {"x": float("inf")}}, "inf is no finite number"),
        ({"id": "a", "text": TEXT, "fields": {"x": 2**63}}, "the integer has 64 bits"),
        ({"id": "a", "text": TEXT, "fields": {"x": "y" * 32_767}}, "the string has 32,767 bytes"),
        ({"id": "a", "text": TEXT, "fields": {"x": {"y": 1}}}, "dict is no type of a field"),
        ({"id": "a", "text": TEXT, "fields": {"x": [1, "y"]}}, "a list of int and str; expected one type"),
        ({"id": "a", "text": TEXT, "fields": {"x": [1, True]}}, "a list of bool and int; expected one type"),
        ({"id": "a", "text": TEXT, "fields": {"x": [[1]]}}, "list is no type of a field"),
        ({"id": "a", "text": TEXT, "fields": {"x": dt.datetime(1971, 1, 1)}}, "the datetime has no time zone"),
        ({"id": "a", "text": TEXT, "fields": {f"f{i}": i for i in range(1_001)}}, "1,001 fields; expected at most"),
        ({"id": "a", "text": TEXT, "mentions": 5}, "field 'mentions': int was found; expected a list"),
        ({"id": "a", "text": TEXT, "mentions": [5]}, "mention 0 is 5; expected an object with start and end"),
        ({"id": "a", "text": TEXT, "mentions": [{"start": 0, "end": 40}]}, r"spans \[0, 40\); expected .* <= 39"),
        ({"id": "a", "text": TEXT, "mentions": [{"start": 5, "end": 5}]}, r"mention 0 spans \[5, 5\)"),
        ({"id": "a", "text": TEXT, "mentions": [{"start": 8, "end": 0}]}, r"mention 0 spans \[8, 0\)"),
        ({"id": "a", "text": TEXT, "mentions": [{"start": -8, "end": -1}]}, r"mention 0 spans \[-8, -1\)"),
        ({"id": "a", "text": TEXT, "mentions": [{"start": 0, "end": 8.0}]}, r"mention 0 spans \[0, 8.0\)"),
        (
            {"id": "a", "text": TEXT, "mentions": [{"start": 0, "end": 8, "surface": "Nova"}]},
            r"mention 0 names another surface than the text has at \[0, 8\)",
        ),
    ],
)
def test_what_is_refused(item: Any, words: str) -> None:
    with pytest.raises(InvalidDocument, match=words):
        as_document(item)


def test_an_empty_id_of_a_mapping_is_refused_and_not_made_up() -> None:
    with pytest.raises(InvalidDocument, match="the id is empty"):
        as_document({"id": "", "text": TEXT})


@given(st.text(min_size=1, max_size=60).filter(str.strip), st.data())
def test_surfaces_are_code_points_of_the_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    mentions = as_document(Document("1", text, mentions=[Mention(start, end)])).mentions
    assert mentions is not None
    assert [mention.surface for mention in mentions] == [text[start:end]]


class Language(str, enum.Enum):  # noqa: UP042 - the kind that is meant
    """Its own str() is `Language.GERMAN`."""

    GERMAN = "de"


def test_an_enumeration_of_texts_is_its_value() -> None:
    document = as_document(Document("1", TEXT, fields={Language.GERMAN: Language.GERMAN}))
    assert document.fields == {"de": "de"}
    assert [type(part) for part in (*document.fields, *document.fields.values())] == [str, str]


def test_without_an_id_none_is_named() -> None:
    for mentions in (5, [5]):
        with pytest.raises(InvalidDocument, match="a document without a usable id, field 'mentions'") as caught:
            as_document({"text": TEXT, "mentions": mentions})
        assert caught.value.id is None
