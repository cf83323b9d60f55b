"""Indices on real nodes of both versions, and proxies before them that provoke faults."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from cluster import cluster_on
from faulty_proxy import proxy_before
from typer.testing import CliRunner

from hybrid.encoding import load
from hybrid.engines.factory import create_engine, open_engine
from hybrid.engines.opensearch import bulk, server
from hybrid.engines.opensearch.retrying import Backoff
from hybrid.testing.nodes.errors import NodeError

VERSIONS = ("2.19.6", "3.6.0")
NUMBERS = count(1)
BLOCKS = ("read_only", "read_only_allow_delete", "write")


@dataclass(frozen=True)
class Place:
    """A name on a node. What is asked here is asked of the node, past proxies and past the library."""

    node: Any
    name: str

    @property
    def target(self) -> str:
        return f"opensearch://{self.node.url.removeprefix('http://')}/{self.name}"

    def behind(self, proxy: Any) -> str:
        return f"opensearch://{proxy.url}/{self.name}"

    def ask(self, method: str, path: str = "", body: Any = None) -> Any:
        """A request for what the name stands for."""
        return self.node.request(method, f"/{self.name}{path}", body)

    def texts(self) -> dict[str, str]:
        """Every document that the node has, by its id."""
        self.ask("POST", "/_refresh")
        hits = self.ask("POST", "/_search?allow_partial_search_results=false", {"size": 10_000, "_source": ["text"]})
        found = [(hit["_id"], hit["_source"].get("text")) for hit in hits["hits"]["hits"]]
        assert len(found) == len(dict(found)) == self.ask("GET", "/_count")["count"]
        return dict(found)

    def count(self) -> int:
        return len(self.texts())

    def indices(self) -> list[str]:
        """Every index whose name begins with this one, hidden and closed ones too."""
        rows = self.node.request("GET", f"/_cat/indices/{self.name}*?expand_wildcards=all&format=json")
        return sorted(row["index"] for row in rows)

    def aliases(self) -> dict[str, list[str]]:
        """Which aliases point at each of these indices."""
        found = self.node.request("GET", f"/{self.name}*/_alias?expand_wildcards=all")
        return {index: sorted(info["aliases"]) for index, info in found.items()}

    def settings(self, index: str | None = None) -> dict[str, Any]:
        ((_, info),) = self.node.request("GET", f"/{index or self.name}/_settings").items()
        return info["settings"]["index"]

    def block(self, name: str, on: bool | None = True) -> None:
        self.ask("PUT", "/_settings", {f"index.blocks.{name}": on or None})

    def clear(self) -> None:
        """Remove everything of this name."""
        indices = ",".join(self.indices())
        if indices:
            blocks = {f"index.blocks.{block}": None for block in BLOCKS}
            for block in blocks:
                self.node.request("PUT", f"/{indices}/_settings?expand_wildcards=all", {block: None})
            self.node.request("DELETE", f"/{indices}?expand_wildcards=all")


@pytest.fixture(scope="session", params=VERSIONS)
def version(request: Any) -> str:
    return request.param


@pytest.fixture(scope="session")
def node(version: str, opensearch_node: Any) -> Any:
    """A node that all tests share: it stays as it is."""
    return opensearch_node(version)


@pytest.fixture(scope="session")
def sturdy_node(version: str, opensearch_node: Any) -> Any:
    """A node of these tests alone, which may be killed, and takes requests of 1 MiB at most."""
    return opensearch_node(version, settings={"http.max_content_length": "1mb", "cluster.info.update.interval": "10s"})


@pytest.fixture
def mortal(sturdy_node: Any) -> Any:
    """The same node, alive again after the test."""
    yield sturdy_node
    try:
        sturdy_node.request("GET", "/", timeout=5)
    except NodeError:
        sturdy_node.restart()


def _place(node: Any) -> Any:
    place = Place(node, f"faults-{next(NUMBERS):04}")
    yield place
    place.clear()


@pytest.fixture
def place(node: Any) -> Any:
    """A name on the shared node, with nothing there yet; everything of that name is gone at the end."""
    yield from _place(node)


@pytest.fixture
def mortal_place(mortal: Any) -> Any:
    """A name on the node that may be killed."""
    yield from _place(mortal)


@pytest.fixture(scope="module")
def ml_node(version: str, opensearch_node: Any) -> Any:
    """A node with ML Commons."""
    return opensearch_node(version, ml=True)


@pytest.fixture
def cluster(ml_node: Any) -> Any:
    """A name on a node with ML Commons; nothing of it is left at the end."""
    yield from cluster_on(ml_node)


@pytest.fixture
def bare(node: Any) -> Any:
    """A name on a node without ML Commons."""
    yield from cluster_on(node)


@pytest.fixture(scope="session")
def encoder() -> Any:
    """The bundle that ships."""
    return load("minilm")


@pytest.fixture
def hybrid() -> Any:
    """Run `hybrid ARGUMENTS` in this process."""

    def run(*arguments: object, stdin: str | None = None) -> Any:
        from hybrid.cli.app import app

        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return SimpleNamespace(code=result.exit_code, out=result.stdout, err=result.stderr)

    return run


@pytest.fixture
def proxy(node: Any) -> Any:
    """A proxy before the shared node."""
    with proxy_before(node.url) as made:
        yield made


@pytest.fixture
def engines() -> Any:
    """Makes and opens engines that are closed at the end: `engines.create(target, meta)`, `engines.open(target)`."""
    made = []

    class Engines:
        def create(self, target: str, meta: Any, **settings: Any) -> Any:
            # Otherwise a server makes what is written findable by itself, at moments of its own.
            made.append(create_engine(target, meta, settings={"refresh_interval": "-1", **settings}))
            return made[-1]

        def open(self, target: str) -> Any:
            made.append(open_engine(target))
            return made[-1]

    yield Engines()
    for engine in made:
        engine.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> int:
    """Tries follow each other at once; returns how many there are of a write."""
    writing = Backoff(attempts=4, base=0.01, cap=0.05)
    monkeypatch.setattr(bulk, "WRITING", writing)
    monkeypatch.setattr(server, "WRITING", writing)
    monkeypatch.setattr(server, "READING", Backoff(attempts=3, base=0.01, cap=0.02))
    return writing.attempts


@pytest.fixture
def timeout(monkeypatch: pytest.MonkeyPatch) -> float:
    """What is opened from now on waits a second for answers, where it waited for half a minute or more."""
    from hybrid.engines.opensearch import index, messages, rebuilding

    monkeypatch.setenv("OPENSEARCH_TIMEOUT", "1")
    for module in (index, messages, rebuilding):
        monkeypatch.setattr(module, "PATIENT", 1.0)
    return 1.0


@pytest.fixture
def clock() -> Any:
    """Seconds since the test began."""
    begun = time.monotonic()
    return lambda: time.monotonic() - begun
