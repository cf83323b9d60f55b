"""What every engine promises, tested on all of them.

The folder, a real node of each version of OpenSearch, and one of them awaited.
"""

from __future__ import annotations

from itertools import count

import pytest
from awaited import Awaited, Loop

from hybrid.engines.factory import create_async_engine, create_engine

KINDS = ("embedded", "2.19.6", "3.6.0", "3.6.0 awaited")
NUMBERS = count(1)


@pytest.fixture(scope="session", params=KINDS)
def kind(request):
    """Which engine: `embedded` or a version of OpenSearch."""
    return request.param


@pytest.fixture(scope="session")
def server(kind, request):
    """The node of the version; None for the folder."""
    return None if kind == "embedded" else request.getfixturevalue("opensearch_node")(kind.split()[0])


@pytest.fixture(scope="session")
def tolerance(kind):
    """How far fused scores may be from our arithmetic: servers compute in float32."""
    return 1e-9 if kind == "embedded" else 1e-6


@pytest.fixture(scope="session")
def create(kind, server, make, tmp_path_factory):
    """Makes an empty index; all are closed and gone at the end."""
    made, loop = [], Loop()

    def create(meta=None):
        name = f"contract-{next(NUMBERS)}"
        target = tmp_path_factory.mktemp(name) / "index" if server is None else in_server(server, name)
        # Otherwise a server makes what is written findable by itself, at moments of its own.
        settings = None if server is None else {"refresh_interval": "-1"}
        if kind.endswith("awaited"):
            made_async = loop.run(create_async_engine(target, meta or make.meta(), settings=settings))
            engine = Awaited(made_async, loop)
        else:
            engine = create_engine(target, meta or make.meta(), settings=settings)
        made.append((engine, name))
        return engine

    yield create
    for engine, name in made:
        engine.close()
        if server is not None:
            server.request("DELETE", f"/{name}-*?expand_wildcards=all")
    loop.close()


def in_server(server, name):
    return f"opensearch://{server.url.removeprefix('http://')}/{name}"


@pytest.fixture
def engine(create):
    """An empty index."""
    return create()


@pytest.fixture
def filled(engine):
    """An index of the given documents."""

    def fill(*documents):
        report = engine.write(documents)
        assert {item.status for item in report.items} <= {"written", "replaced"}, report
        engine.refresh()
        return engine

    return fill
