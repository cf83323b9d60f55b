from __future__ import annotations

import time

import pytest

from hybrid.cli.progress import Pace


def test_the_first_report_counts_from_the_start():
    begun = time.monotonic()
    pace = Pace(1000)
    pace.add(begun + 10, 50, 100)
    assert pace.rate == pytest.approx(5, rel=0.1)
    assert pace.ends_at == pytest.approx(begun + 100, rel=0.1)


def test_later_reports_leave_out_what_came_before_the_first():
    pace = Pace(1000)
    begun = time.monotonic()
    for seconds, documents, done in ((100, 50, 100), (102, 150, 300), (104, 250, 500)):
        pace.add(begun + seconds, documents, done)
    assert pace.rate == pytest.approx(50)
    assert pace.ends_at == pytest.approx(begun + 104 + 5)


def test_without_a_total_there_is_a_rate_and_no_end():
    pace = Pace(None)
    pace.add(time.monotonic() + 1, 10, 0)
    assert pace.rate > 0
    assert pace.ends_at is None


def test_nothing_done_has_no_end():
    pace = Pace(10)
    pace.add(time.monotonic() + 1, 0, 0)
    assert (pace.rate, pace.ends_at) == (0.0, None)
