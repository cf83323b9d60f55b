from __future__ import annotations

import pytest

from hybrid.engines.factory import create_engine


@pytest.fixture
def engine(tmp_path, make):
    """An empty index."""
    with_lock = create_engine(tmp_path / "index", make.meta())
    yield with_lock
    with_lock.close()


@pytest.fixture
def filled(engine):
    """An index of the given documents."""

    def fill(*documents):
        report = engine.write(documents)
        assert {item.status for item in report.items} <= {"written", "replaced"}, report
        engine.refresh()
        return engine

    return fill
