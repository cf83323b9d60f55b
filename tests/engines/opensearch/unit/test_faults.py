"""What real servers answered, to errors of ours: the bodies were taken from 2.19.6 and 3.6.0."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.engines.opensearch.faults import LONGEST, error_of, failed, fault_within, kind_of, missing_plugin, reason_of
from hybrid.engines.opensearch.messages import Failure, Response
from hybrid.errors import (
    AccessDenied,
    HybridError,
    IndexLocked,
    IndexNotFound,
    IndexStateError,
    InvalidQuery,
    ServerError,
    ServerUnavailable,
    StorageError,
)

WHAT = "opensearch://host:9200/news"


def plain(kind, reason, **more):
    """An error without a deeper cause: its root is itself."""
    return {"root_cause": [{"type": kind, "reason": reason}], "type": kind, "reason": reason, **more}


def of_shards(kind, reason, cause):
    """What a search says that failed on its shards."""
    inner = {"type": kind, "reason": reason, "index": "news", "caused_by": cause}
    return {
        "root_cause": [{"type": kind, "reason": reason, "index": "news"}],
        "type": "search_phase_execution_exception",
        "reason": "all shards failed",
        "phase": "query",
        "grouped": True,
        "failed_shards": [{"shard": 0, "index": "news", "node": "HnSfUip1TrqOlSbofFm8nw", "reason": inner}],
        "caused_by": inner,
    }


def block(text):
    return plain("cluster_block_exception", text)


FLOOD = (
    "index [news] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has "
    "read-only-allow-delete block];"
)
NO_SETTING = (
    "unknown setting [index.knn] please check that any required plugins are installed, or check the breaking changes "
    "documentation for removed settings"
)
NO_KNN = "No handler for type [knn_vector] declared on field [vector]"
NO_CLAUSES = "failed to create query: maxClauseCount is set to 1024"
NO_DIMENSION = "failed to create query: Query vector has invalid dimension: 2. Dimension should be: 256"
BREAKER = (
    "[in_flight_requests] Data too large, data for [<http_request>] would be [6074/5.9kb], which is larger than the "
    "limit of [1/1b]"
)
MISSING_SHARDS = {
    "root_cause": [],
    "type": "search_phase_execution_exception",
    "reason": "",
    "phase": "query",
    "grouped": True,
    "failed_shards": [],
    "caused_by": {
        "type": "search_phase_execution_exception",
        "reason": "Search rejected due to missing shards [[news][0]]. Consider using `allow_partial_search_results` "
        "setting to bypass this error.",
    },
}


@pytest.mark.parametrize(
    ("status", "error", "expected", "words"),
    [
        (404, plain("index_not_found_exception", "no such index [news]"), IndexNotFound, "there is no such index"),
        (400, plain("index_closed_exception", "closed"), IndexStateError, "POST /INDEX/_open"),
        (403, block("index [news] blocked by: [FORBIDDEN/8/index write (api)];"), IndexLocked, "index.blocks.write"),
        (403, block("index [news] blocked by: [FORBIDDEN/5/index read-only (api)];"), StorageError, "takes no writes"),
        (403, block("blocked by: [FORBIDDEN/6/cluster read-only (api)];"), StorageError, "takes no writes"),
        (429, block(FLOOD), StorageError, "disk is nearly full"),
        (503, block("blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];"), ServerUnavailable,
         "state not recovered"),
        (429, plain("circuit_breaking_exception", BREAKER), ServerUnavailable, "cannot do this now (429)"),
        (503, MISSING_SHARDS, ServerUnavailable, "missing shards [[news][0]]"),
        (503, {**MISSING_SHARDS, "reason": "all shards failed", "caused_by": None}, ServerUnavailable, "all shards"),
        (400, of_shards("query_shard_exception", NO_CLAUSES, {"type": "too_many_clauses"}), InvalidQuery,
         "1,024 words"),
        (400, of_shards("query_shard_exception", NO_DIMENSION, {"type": "illegal_argument_exception"}), ServerError,
         "Dimension should be: 256"),
        (400, plain("illegal_argument_exception", "sum of weights for combination must be equal to 1.0"), ServerError,
         "sum of weights"),
        (400, plain("resource_already_exists_exception", "index [n/IgwqHJ] already exists"), ServerError, "already"),
        (500, plain("illegal_state_exception", "alias [n] has more than one write index [n-2,n-1]"), ServerError,
         "(500): alias [n]"),
        (400, plain("illegal_argument_exception", "Failed to parse value [many] for setting [index.number_of_shards]",
                    caused_by={"type": "number_format_exception", "reason": 'For input string: "many"'}),
         ServerError, '[index.number_of_shards]: For input string: "many"'),
        (403, plain("security_exception", "no permissions for [indices:data/read/search]"), AccessDenied,
         "do not allow this: no permissions"),
        (401, "Unauthorized", AccessDenied, "OPENSEARCH_USERNAME"),
        (403, {"message": "The signature does not match. The Canonical String should have been 'GET\\n/'"},
         AccessDenied, "do not allow this: The signature does not match."),
        (405, "Incorrect HTTP method for uri [/n] and method [PATCH], allowed: [GET]", ServerError, "Incorrect HTTP"),
    ],
)  # fmt: skip
def test_what_a_server_answers_is_an_error_that_says_what_to_do(status, error, expected, words):
    found = error_of(Response(status, {"error": error, "status": status}), WHAT)
    assert type(found) is expected
    assert words in str(found)
    assert str(found).startswith(f"{WHAT}: ") or expected is InvalidQuery
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    ("error", "plugin"),
    [
        (plain("settings_exception", NO_SETTING), "opensearch-knn"),
        (plain("illegal_argument_exception", NO_SETTING), "opensearch-knn"),
        (plain("mapper_parsing_exception", f"Failed to parse mapping [_doc]: {NO_KNN}",
               caused_by={"type": "mapper_parsing_exception", "reason": NO_KNN}), "opensearch-knn"),
        (plain("parsing_exception", "unknown query [knn]",
               caused_by={"type": "named_object_not_found_exception", "reason": "[1:19] unknown field [knn]"}),
         "opensearch-knn"),
        (plain("parsing_exception", "unknown query [hybrid]"), "opensearch-neural-search"),
        (plain("parsing_exception", "unknown query [neural]"), "opensearch-neural-search"),
        (plain("illegal_argument_exception", "Invalid processor type normalization-processor"),
         "opensearch-neural-search"),
        (plain("illegal_argument_exception", "Invalid processor type score-ranker-processor"),
         "opensearch-neural-search"),
        (plain("parse_exception", "No processor type exists with name [text_embedding]"), "opensearch-ml"),
        ("no handler found for uri [/_plugins/_ml/connectors/_search] and method [POST]", "opensearch-ml"),
    ],
)  # fmt: skip
def test_a_part_that_the_server_does_not_know_names_its_plugin(error, plugin):
    found = error_of(Response(400, {"error": error, "status": 400}), WHAT)
    assert type(found) is ServerError
    assert f"the server lacks the plugin {plugin}" in str(found)


@pytest.mark.parametrize(
    "reason",
    [
        "unknown query [nonsense]",
        "unknown setting [index.nonsense] please check that any required plugins are installed",
        "No processor type exists with name [nonsense]",
        "no handler found for uri [/_plugins/_nonsense/x] and method [GET]",
        "failed to parse field [mentions.vector] of type [knn_vector] in document with id 'e'",
        "no such index [hybrid]",
        "",
    ],
)
def test_what_is_wrong_with_something_else_names_none(reason):
    assert missing_plugin(reason) is None


# Items of a bulk.


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (
            {"type": "strict_dynamic_mapping_exception",
             "reason": "mapping set to strict, dynamic introduction of [unknown] within [_doc] is not allowed"},
            "strict_dynamic_mapping_exception",
            "mapping set to strict, dynamic introduction of [unknown] within [_doc] is not allowed",
        ),
        (
            {"type": "mapper_parsing_exception",
             "reason": "failed to parse field [fields.n] of type [long] in document with id 'd'. Preview of field's "
                       "value: '1.5'",
             "caused_by": {"type": "illegal_argument_exception",
                           "reason": "1.5 cannot be converted to Long without data loss"}},
            "illegal_argument_exception",
            "failed to parse field [fields.n] of type [long] in document with id 'd'. Preview of field's value: '1.5': "
            "1.5 cannot be converted to Long without data loss",
        ),
        (
            {"type": "mapper_parsing_exception", "reason": "failed to parse",
             "caused_by": {"type": "json_parse_exception", "reason": "Unrecognized token 'broken'\n at [Source: x]"}},
            "json_parse_exception",
            "failed to parse: Unrecognized token 'broken' at [Source: x]",
        ),
        (
            {"type": "index_not_found_exception",
             "reason": "no such index [n] and [require_alias] request flag is [true] and [n] is not an alias"},
            "index_not_found_exception",
            "no such index [n] and [require_alias] request flag is [true] and [n] is not an alias",
        ),
        ({"type": "unavailable_shards_exception", "reason": "[n][0] primary shard is not active Timeout: [1s]"},
         "unavailable_shards_exception", "[n][0] primary shard is not active Timeout: [1s]"),
    ],
)  # fmt: skip
def test_an_item_tells_its_kind_and_its_reason(error, kind, reason):
    item = {"_index": "n", "_id": "d", "status": 400, "error": error}
    assert kind_of(item) == kind
    assert reason_of(Response(400, item)) == reason


# Reading.


def test_a_reason_is_said_once_however_often_the_answer_has_it():
    inner = {
        "type": "a",
        "reason": "why",
        "caused_by": {"type": "b", "reason": "why", "caused_by": {"reason": "deeper"}},
    }
    assert reason_of(Response(400, {"error": inner})) == "why: deeper"


def test_a_reason_is_one_line_and_shortened():
    error = plain("action_request_validation_exception", f"Validation Failed: 1: id [{'a' * 513}] is too\n long;")
    reason = reason_of(Response(400, {"error": error}))
    assert (len(reason), reason[-1]) == (LONGEST, "…")
    assert reason.startswith("Validation Failed: 1: id [aaa")


@pytest.mark.parametrize("body", [None, {}, [], {"error": None}, {"error": {}}, {"error": []}, {"x": 1}, 7])
def test_an_answer_that_says_no_more_is_read_too(body):
    assert kind_of(body) is None
    assert reason_of(Response(413, body)) == "it says no more"
    assert str(error_of(Response(413, body), WHAT)) == (
        f"{WHAT}: the server refused the request (413): it says no more"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "type", "reason", "caused_by", "root_cause", "failed_shards", "status", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from([300, 400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504]))
def test_any_json_is_an_error_of_one_line(body, status):
    error = error_of(Response(status, body), WHAT)
    assert isinstance(error, HybridError)
    assert "\n" not in str(error)
    assert len(str(error)) < LONGEST + 300


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500, 502, 503])
def test_an_error_of_the_server_carries_its_status(status):
    assert error_of(Response(status, None), WHAT).status == status


@pytest.mark.parametrize(
    ("failure", "expected", "words"),
    [
        (Failure("unreachable", "nothing answers at host"), ServerUnavailable, "nothing answers at host"),
        (Failure("lost", "the connection broke off"), ServerUnavailable, "broke off"),
        (Failure("timeout", "host did not answer in time"), ServerUnavailable, "in time"),
        (Failure("malformed", "no JSON"), ServerError, "no JSON"),
        (Failure("refused certificate", "no trusted connection"), AccessDenied, "OPENSEARCH_CA_CERTS"),
    ],
)
def test_no_answer_is_an_error_too(failure, expected, words):
    found = failed(failure, WHAT)
    assert type(found) is expected
    assert str(found).startswith(f"{WHAT}: ")
    assert words in str(found)


# Answers of 200 that are none.

WHOLE = {"took": 3, "timed_out": False, "_shards": {"total": 2, "successful": 2, "skipped": 0, "failed": 0}}
HALF = {"took": 3, "timed_out": False, "_shards": {"total": 2, "successful": 1, "skipped": 0, "failed": 1}}
HITS = {"hits": {"hits": []}}


@pytest.mark.parametrize(
    "body",
    [
        {**WHOLE, **HITS},
        {"acknowledged": True},
        {"docs": [{"_id": "a", "found": False}, {"_id": "b", "found": True, "_source": {"error": "in a document"}}]},
        {"responses": [{**WHOLE, **HITS, "status": 200}]},
        {"error": {"aliases": {}, "mappings": {}, "settings": {}}},
        {"docs": {"aliases": {}}, "responses": {"aliases": {}}},
        # Written to one copy of two: that is enough.
        {"result": "created", "_shards": {"total": 2, "successful": 1, "failed": 0}},
    ],
    ids=str,
)
def test_an_answer_that_is_whole_has_no_fault(body):
    assert fault_within(body) is None


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({**HALF, **HITS}, 503, ServerUnavailable),
        ({**HALF, "pit_id": "x"}, 503, ServerUnavailable),
        ({"responses": [{**WHOLE, **HITS}, {**HALF, **HITS}]}, 503, ServerUnavailable),
        (
            {"responses": [{**WHOLE, **HITS}, {"status": 404, "error": plain("index_not_found_exception", "no such")}]},
            404,
            IndexNotFound,
        ),
        (
            {"docs": [{"_id": "a", "error": plain("no_shard_available_action_exception", "No shard available for x")}]},
            503,
            ServerUnavailable,
        ),
        (
            {"docs": [{"_id": "a", "error": plain("index_not_found_exception", "no such index [news]")}]},
            404,
            IndexNotFound,
        ),
        ({"docs": [{"_id": "a", "error": plain("illegal_argument_exception", "odd")}]}, 400, ServerError),
    ],
    ids=str,
)
def test_an_answer_that_lacks_something_is_an_error_though_its_status_is_a_success(body, status, expected):
    fault = fault_within(body)
    assert fault.status == status
    assert type(error_of(fault, WHAT)) is expected
