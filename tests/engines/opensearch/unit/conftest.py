"""What the pure parts are given: an index as the last look found it, on each version that was tested."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hybrid.engines.opensearch.requests import Facts
from hybrid.engines.opensearch.state import State
from hybrid.engines.opensearch.versions import TESTED

OLD, NEW = TESTED


@pytest.fixture(scope="session")
def versions():
    """The two versions that were tested."""
    return SimpleNamespace(old=OLD, new=NEW)


@pytest.fixture(scope="session", params=TESTED, ids=str)
def version(request):
    """Each version that was tested."""
    return request.param


@pytest.fixture(scope="session")
def facts(make):
    """Makes what a request must know of the index."""

    def facts(version=NEW, *, fields=None, shards=1, passage=2):
        return Facts("news", make.meta(fields, passage=passage), shards, version)

    return facts


@pytest.fixture(scope="session")
def state(facts):
    """An index `news` that is written to through an alias of its own."""
    alias = "news-000001-write-00c0ffee"
    return State(facts(), "news-000001", alias, True, {"number_of_shards": "1"}, {"news": {}, alias: {}})
