"""Settings of a cluster that keep ML Commons from calling an address."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.engines.opensearch.trusting import (
    ENDPOINTS,
    PRIVATE,
    advice,
    checked_address,
    is_private,
    missing_settings,
    pattern_of,
    setting,
    untrusting,
)
from hybrid.errors import InvalidInput

ADDRESS = "http://127.0.0.1:8100"
OTHERS = ["^https://runtime\\.sagemaker\\..*$"]


def answer(endpoints=OTHERS, private="false", part="defaults"):
    return {"persistent": {}, "transient": {}, "defaults": {}} | {part: {ENDPOINTS: endpoints, PRIVATE: private}}


@pytest.mark.parametrize("part", ["transient", "persistent", "defaults"])
def test_an_address_is_added_to_what_may_be_called_already(part):
    wanted = missing_settings(answer(part=part), ADDRESS)
    assert wanted == {ENDPOINTS: [*OTHERS, r"^http://127\.0\.0\.1:8100/.*$"], PRIVATE: "true"}
    assert advice(wanted).startswith("ML Commons is not allowed to call it (plugins.ml_commons.trusted")


def test_what_is_allowed_already_is_left_alone():
    assert missing_settings(answer(["^http://.*$"], "true"), ADDRESS) == {}
    assert missing_settings(answer(OTHERS, "false"), "https://encoder.example.org").keys() == {ENDPOINTS}
    assert missing_settings(answer(["^https://.*$"], "false"), "https://encoder.example.org") == {}


@pytest.mark.parametrize(("part", "written"), [("defaults", "persistent"), ("transient", "transient")])
def test_what_is_set_is_set_where_it_counts(part, written):
    settings = answer(part=part)
    request = setting(missing_settings(settings, ADDRESS), settings)
    assert list(json.loads(request.body)) == [written]


def test_the_upper_layer_of_settings_counts():
    settings = answer(["^http://.*$"], "true") | {"persistent": {ENDPOINTS: OTHERS}}
    assert missing_settings(settings, ADDRESS).keys() == {ENDPOINTS}


def test_a_server_that_tells_nothing_and_a_pattern_of_javas_own_are_believed():
    assert missing_settings({}, ADDRESS) == {}
    assert missing_settings(answer(["^http://\\p{Alnum}+$"], "true"), ADDRESS) == {}


def test_what_was_added_is_taken_out_and_nothing_else():
    added = {ENDPOINTS: [*OTHERS, pattern_of(ADDRESS)]}
    assert untrusting({"persistent": added}, ADDRESS) == {ENDPOINTS: OTHERS}
    assert untrusting({"persistent": added}, "http://127.0.0.1:8101") == {}
    assert untrusting({"defaults": added}, ADDRESS) == {}


HOSTS = st.from_regex(r"[a-z][a-z0-9-]{0,8}(\.[a-z]{2,5}){0,2}", fullmatch=True)


@given(HOSTS, st.integers(1, 65_535), HOSTS)
def test_the_pattern_takes_everything_at_the_address_and_nothing_elsewhere(host, port, other):
    pattern = re.compile(pattern_of(f"http://{host}:{port}"))
    assert pattern.search(f"http://{host}:{port}/v1/embeddings")
    assert not pattern.search(f"http://{host}:{port}0/v1/embeddings")
    assert not pattern.search(f"http://{host}:{port}@{other}/v1/embeddings")
    assert other == host or not pattern.search(f"http://{other}:{port}/v1/embeddings")
    assert "." not in host or not pattern.search(f"http://{host.replace('.', 'x')}:{port}/v1/embeddings")


@pytest.mark.parametrize(
    ("address", "private"),
    [
        (ADDRESS, True),
        ("http://[::1]:8100", True),
        ("http://10.1.2.3", True),
        ("http://localhost:8100", True),
        ("http://service:8100", True),
        ("http://host.docker.internal:8100", True),
        ("https://8.8.8.8", False),
        ("https://encoder.example.org", False),
    ],
)
def test_addresses_of_ones_own_network_are_told_apart(address, private):
    assert is_private(address) is private


def test_an_address_is_one_of_http_without_a_user():
    assert checked_address("http://service:8100/") == "http://service:8100"
    for address in (
        "service:8100",
        "ftp://service",
        "http://u:p@service",
        "http://service/#x",
        "http://[::1",
        "http://h:x",
    ):
        with pytest.raises(InvalidInput, match="no address of an encoder service"):
            checked_address(address)
