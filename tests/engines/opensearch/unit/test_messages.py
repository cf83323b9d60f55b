from __future__ import annotations

import json
from urllib.parse import unquote

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hybrid.engines.opensearch.messages import PATIENT, Failure, Request, Response, change, json_body, json_lines, path

FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_a_path_holds_each_part_whatever_is_in_it(parts):
    joined = path(*parts)
    assert [unquote(part) for part in joined.split("/")] == ["", *parts]
    assert joined.isascii()
    assert not set(joined) & set(' ?#%"<>|') - {"%"}


def test_a_request_is_shown_as_dev_tools_take_it():
    assert Request("GET", "/news").line == "GET /news"
    assert Request("PUT", path("a b"), params={"timeout": "1s", "pretty": "true"}).line == (
        "PUT /a%20b?timeout=1s&pretty=true"
    )


@given(arrays(np.float32, st.integers(0, 20), elements=FLOAT32))
def test_float32_reads_back_as_the_same_float32(vector):
    written = json.loads(json_body({"v": vector}))["v"]
    assert np.array_equal(np.array(written, np.float32), vector)


def test_float32_is_written_in_its_own_shortest_digits():
    assert json_body(np.array([0.1, 1 / 3, 1.0, 1e-7], np.float32)) == b"[0.1,0.33333334,1.0,1e-7]"
    assert json_body(np.array([[1, 2]], np.float32)) == b"[[1.0,2.0]]"


def test_text_is_utf8_and_not_escaped():
    assert json_body({"ä": "🦕\u2028"}) == '{"ä":"🦕\u2028"}'.encode()


def test_lines_are_json_one_a_line():
    assert json_lines({}, {"text": "a\nb"}) == b'{}\n{"text":"a\\nb"}\n'


@pytest.mark.parametrize("status", range(100, 600, 7))
def test_an_answer_is_a_success_by_its_status(status):
    assert Response(status, None).ok is (200 <= status < 300)


@pytest.mark.parametrize(
    ("loss", "arrived"),
    [("unreachable", False), ("refused certificate", False), ("lost", True), ("timeout", True), ("malformed", True)],
)
def test_a_failure_tells_whether_the_server_may_have_done_it(loss, arrived):
    assert Failure(loss, "why").arrived is arrived


def test_a_change_of_the_cluster_waits_longer_than_the_cluster_may_take():
    request = change("PUT", "/news", {"a": 1})
    assert (request.line, request.body) == ("PUT /news?cluster_manager_timeout=120s&timeout=120s", b'{"a":1}')
    assert request.timeout == PATIENT > 120.0
    assert change("DELETE", "/news").body is None
