"""Names and signs of the generations behind an index's name."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.engines.opensearch.generations import (
    BEAT,
    STALE,
    Build,
    find_alias,
    find_build,
    generation,
    next_generation,
    number_of,
    own_alias,
    sign_of_life,
)

NAMES = st.text("abc-._0123456789é", min_size=1, max_size=12)
HERE = sign_of_life()["by"].partition("@")[2]


@given(NAMES, st.integers(1, 10**9))
def test_a_generations_name_tells_its_number(name, number):
    assert number_of(name, generation(name, number)) == number


def test_generations_are_counted_with_six_digits_and_more_where_they_are_needed():
    assert generation("news", 7) == "news-000007"
    assert generation("news", 1_234_567) == "news-1234567"


@pytest.mark.parametrize(
    "index", ["news", "news-1", "news-00001", "news-000001-x", "anews-000001", "new-000001", "news-x00001"]
)
def test_other_indices_are_no_generations(index):
    assert number_of("news", index) is None


def test_signs_in_a_name_stand_for_themselves():
    assert number_of("a.b", "axb-000001") is None
    assert number_of("a.b", "a.b-000001") == 1


@given(NAMES, st.lists(st.integers(1, 3_000_000), max_size=5), st.lists(NAMES, max_size=3))
def test_the_next_generation_comes_after_all_that_are_there(name, numbers, others):
    there = [generation(name, number) for number in numbers]
    made = next_generation(name, [*there, *(other for other in others if number_of(name, other) is None)])
    assert number_of(name, made) == max(numbers, default=0) + 1
    assert made not in there


@pytest.mark.parametrize("purpose", ["write", "build"])
@given(name=NAMES)
def test_a_generations_own_alias_is_found_again_and_no_other_is(purpose, name):
    index = generation(name, 3)
    alias, other = own_alias(index, purpose), {"write": "build", "build": "write"}[purpose]
    assert find_alias(index, purpose, [name, f"{alias}-x", own_alias(index, other), alias]) == alias
    assert find_alias(index, other, [name, alias]) is None
    assert find_alias(generation(name, 4), purpose, [alias]) is None


def test_signs_in_a_generations_name_stand_for_themselves():
    assert find_alias("a.b-000001", "write", ["axb-000001-write-0123abcd"]) is None


def test_aliases_of_a_generation_are_never_the_same():
    assert len({own_alias("news-000001", "write") for _ in range(100)}) == 100


def test_the_longest_name_leaves_room_for_what_is_made_of_it():
    from hybrid.engines.opensearch.target import MAX_NAME_BYTES

    assert len(own_alias(generation("n" * MAX_NAME_BYTES, 10**12), "write").encode()) <= 255


def info(by, seen):
    build = {"hybrid": {"build": {"by": by, "seen": seen}}}
    return {"aliases": {"news-000002-build-0123abcd": {}}, "mappings": {"_meta": build}}


def test_a_build_is_read_from_its_alias_and_its_mapping():
    assert find_build("news-000002", info("7@host", 12.5)) == Build(
        "news-000002", "news-000002-build-0123abcd", "7@host", 12.5
    )


@pytest.mark.parametrize(
    "aliases", [{}, {"news": {}, "news-000002-write-0123abcd": {}}, {"news-000001-build-0123abcd": {}}]
)
def test_a_generation_without_such_an_alias_is_no_build(aliases):
    assert find_build("news-000002", {**info("7@host", 12.5), "aliases": aliases}) is None
    assert find_build("news-000002", {}) is None


@pytest.mark.parametrize("mappings", [{}, {"_meta": {}}, {"_meta": {"hybrid": {}}}])
def test_a_build_that_says_nothing_of_itself_was_never_heard_of(mappings):
    found = find_build("news-000002", {**info("", 0), "mappings": mappings})
    assert (found.by, found.seen) == ("", 0.0)
    assert found.given_up(time.time())


def test_the_own_build_lives():
    sign = sign_of_life()
    assert sign["by"] == f"{os.getpid()}@{HERE}"
    assert HERE.partition("/")[0] == socket.gethostname()
    assert abs(sign["seen"] - time.time()) < 1.0
    build = Build("i", "a", **sign)
    assert not build.given_up(sign["seen"])
    assert not build.given_up(sign["seen"] + STALE)
    assert build.given_up(sign["seen"] + STALE + 1.0)
    assert BEAT < STALE / 10


@pytest.mark.skipif(sys.platform == "win32", reason="asking whether a process is there would end it")
def test_a_build_whose_process_is_gone_from_this_machine_is_given_up_at_once():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert Build("i", "a", f"{ended.pid}@{HERE}", time.time()).given_up(time.time())
    assert not Build("i", "a", f"{ended.pid}@elsewhere", time.time()).given_up(time.time())
    # Another container may have the name of this machine.
    assert not Build("i", "a", f"{ended.pid}@{socket.gethostname()}/1", time.time()).given_up(time.time())


@pytest.mark.parametrize("by", ["1@elsewhere", f"x@{HERE}", f"@{HERE}", "", "nonsense", f"1@{HERE}"])
def test_of_what_cannot_be_asked_only_silence_tells(by):
    now = time.time()
    assert not Build("i", "a", by, now - STALE + 1.0).given_up(now)
    assert Build("i", "a", by, now - STALE - 1.0).given_up(now)
