from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.engines.opensearch.messages import Failure, Response
from hybrid.engines.opensearch.retrying import READING, WRITING, Backoff, may_pass

ATTEMPTS = st.integers(1, 60)
SECONDS = st.floats(0.001, 100.0)


@given(attempt=ATTEMPTS, base=SECONDS, cap=SECONDS)
def test_a_wait_is_drawn_from_nothing_to_twice_the_last_ones_limit_and_never_over_the_cap(attempt, base, cap):
    wait = Backoff(9, base, cap).wait(attempt)
    assert 0.0 <= wait <= min(cap, base * 2 ** (attempt - 1))


@given(attempt=ATTEMPTS, asked=st.floats(0.0, 1e6), cap=SECONDS)
def test_a_server_that_asks_for_a_wait_gets_it_up_to_the_cap(attempt, asked, cap):
    wait = Backoff(9, 0.5, cap).wait(attempt, asked)
    assert min(asked, cap) <= wait <= cap


def test_the_whole_range_is_used():
    waits = [Backoff(9, 1.0, 8.0).wait(3) for _ in range(500)]
    assert min(waits) < 0.2
    assert 3.8 < max(waits) <= 4.0


def test_a_reader_does_not_wait_long_and_a_writer_does():
    def at_most(backoff):
        return sum(min(backoff.cap, backoff.base * 2 ** (attempt - 1)) for attempt in range(1, backoff.attempts))

    assert at_most(READING) < 1.0
    assert 60.0 < at_most(WRITING) < 180.0


FULL = "index [n] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark];"


@pytest.mark.parametrize(
    ("outcome", "passes"),
    [
        (Response(429, None), True),
        (Response(502, None), True),
        (Response(503, {"error": {"type": "search_phase_execution_exception", "reason": "all shards failed"}}), True),
        (Response(504, None), True),
        (Response(429, {"error": {"type": "cluster_block_exception", "reason": FULL}}), False),
        (Response(503, {"error": {"type": "cluster_block_exception", "reason": "state not recovered"}}), True),
        (Response(400, None), False),
        (Response(404, None), False),
        (Response(500, None), False),
        (Failure("unreachable", ""), True),
        (Failure("lost", ""), True),
        (Failure("timeout", ""), False),
        (Failure("malformed", ""), False),
        (Failure("refused certificate", ""), False),
    ],
    ids=str,
)
def test_what_may_pass_by_itself(outcome, passes):
    assert may_pass(outcome) is passes
