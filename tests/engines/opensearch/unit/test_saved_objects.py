"""What is saved in Dashboards for an index, and what its answers mean."""

from __future__ import annotations

import json

import pytest

from hybrid.engines.opensearch.dashboards import parse_address
from hybrid.engines.opensearch.saved_objects import (
    as_upload,
    check_saved,
    delete,
    found_in,
    look,
    objects_of,
    save,
)
from hybrid.errors import InvalidInput, ServerError

VIEW, SEARCH = objects_of("news")


def test_a_data_view_of_the_index_leaves_vectors_out_of_what_discover_fetches():
    assert VIEW.body["attributes"]["title"] == "news"
    left_out = json.loads(VIEW.body["attributes"]["sourceFilters"])
    assert [entry["value"] for entry in left_out] == ["mentions.vector", "passages.vector"]
    assert "timeFieldName" not in VIEW.body["attributes"]


def test_a_saved_search_shows_titles_and_texts_by_the_data_view():
    assert SEARCH.body["attributes"]["columns"] == ["title", "text"]
    (reference,) = SEARCH.body["references"]
    assert (reference["type"], reference["id"]) == (VIEW.type, VIEW.id)
    source = json.loads(SEARCH.body["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    assert source["indexRefName"] == reference["name"]


def test_names_are_those_of_everything_else_that_is_installed_for_the_index():
    assert {VIEW.id, SEARCH.id} == {"hybrid-news"}
    assert (str(VIEW), str(SEARCH)) == ("data view hybrid-news", "saved search hybrid-news")


def test_a_file_for_the_import_has_an_object_a_line():
    request = save([VIEW, SEARCH])
    assert request.line == "POST /api/saved_objects/_import?overwrite=true"
    assert [json.loads(line)["type"] for line in request.body.splitlines()] == ["index-pattern", "search"]


def test_it_is_uploaded_as_a_form_does():
    request = as_upload(save([VIEW]))
    assert request.headers["osd-xsrf"] == "true"
    boundary = request.headers["content-type"].partition("boundary=")[2]
    head, _, rest = request.body.decode().partition("\r\n\r\n")
    content, _, end = rest.rpartition(f"\r\n--{boundary}--\r\n")
    assert (head.splitlines()[0], end) == (f"--{boundary}", "")
    assert 'name="file"; filename="hybrid.ndjson"' in head
    assert json.loads(content) == VIEW.body


def test_a_name_is_quoted_where_it_is_a_part_of_a_path():
    assert delete(objects_of("a%b")[0]).line == "DELETE /api/saved_objects/index-pattern/hybrid-a%25b"


def test_what_dashboards_adds_makes_no_difference_and_what_somebody_changed_does():
    assert VIEW.is_as({**VIEW.body, "attributes": {**VIEW.body["attributes"], "fields": "[]"}, "version": "WzEsMV0="})
    assert not VIEW.is_as({**VIEW.body, "attributes": {**VIEW.body["attributes"], "title": "news*"}})
    assert not SEARCH.is_as({**SEARCH.body, "references": []})
    assert not VIEW.is_as({})


def test_an_answer_tells_what_is_there():
    missing = {"type": VIEW.type, "id": VIEW.id, "error": {"statusCode": 404, "message": "Saved object not found"}}
    answer = {"saved_objects": [missing, SEARCH.body]}
    assert found_in(answer, [VIEW, SEARCH], "there") == [None, SEARCH.body]
    assert json.loads(look([VIEW]).body) == [{"type": "index-pattern", "id": "hybrid-news"}]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({}, "there: what answers there is no OpenSearch Dashboards"),
        ({"saved_objects": []}, "no OpenSearch Dashboards"),
        (
            {"saved_objects": [{"error": {"statusCode": 400, "message": "Unsupported"}}]},
            "cannot be read: 'Unsupported'",
        ),
    ],
)
def test_an_answer_that_tells_nothing_is_an_error(answer, words):
    with pytest.raises(ServerError, match=words):
        found_in(answer, [VIEW], "there")


def test_an_import_that_left_something_out_is_an_error_although_its_status_is_a_success():
    check_saved({"success": True, "successCount": 2}, "there")
    errors = [{"type": "search", "id": "hybrid-news", "error": {"type": "missing_references"}}]
    with pytest.raises(ServerError, match="there: not everything was saved: 'search hybrid-news: missing_references'"):
        check_saved({"success": False, "errors": errors}, "there")
    with pytest.raises(ServerError, match="no reason was told"):
        check_saved({}, "there")


# Where Dashboards is.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://localhost:5601", "http://localhost:5601"),
        ("HTTPS://search.example/_dashboards/", "https://search.example:443/_dashboards"),
        ("http://ada:p%40ss@localhost:5601/a%20b", "http://localhost:5601/a%20b"),
        ("http://[::1]:5601", "http://[::1]:5601"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(text, shown):
    address = parse_address(text)
    assert str(address) == shown
    assert "p@ss" not in repr(address)


def test_user_and_password_are_decoded():
    address = parse_address("https://ada:p%40ss@host")
    assert (address.user, address.password, address.secure) == ("ada", "p@ss", True)
    assert parse_address("http://host").user is None


@pytest.mark.parametrize(
    "text",
    ["localhost:5601", "opensearch://localhost:5601", "http://", "http://me:s3cret@host:port", "http://host:0",
     "http://host?x=1", "http://host/a#b", "http://me:s3/cret@host", "http://ho\tst", ""],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_repeating_it(text):
    with pytest.raises(InvalidInput, match=r"expected http://host:5601") as caught:
        parse_address(text)
    assert "s3" not in str(caught.value)
    assert caught.value.__context__ is None
