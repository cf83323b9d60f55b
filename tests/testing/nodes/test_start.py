"""Choosing the way."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator

import pytest

from hybrid.errors import MissingExtra
from hybrid.testing import Node, NodeUnavailable, start_node
from hybrid.testing.nodes import container, external, local
from hybrid.testing.nodes.protocol import Spec
from hybrid.testing.nodes.start import find


class Stub(Node):
    """A node that says which way it came."""

    def __init__(self, way: str) -> None:
        self.url, self.version, self.stopped = way, "3.6.0", False

    def kill(self) -> None: ...

    def restart(self) -> None: ...

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def ways(monkeypatch) -> Iterator[set[str]]:
    """The ways that are open; each gives a stub."""
    open_ways = {"external", "container", "process"}

    def way(name: str):
        def begin(spec: Spec) -> Node:
            if name not in open_ways:
                raise NodeUnavailable(f"no {name}")
            return Stub(name)

        return begin

    monkeypatch.setattr(external, "find_external", way("external"))
    monkeypatch.setattr(container, "start_container", way("container"))
    monkeypatch.setattr(local, "start_local", way("process"))
    return open_ways


def test_a_server_then_a_container_then_a_process(ways) -> None:
    taken = []
    while ways:
        taken.append(find(Spec()).url)
        ways.remove(taken[-1])
    assert taken == ["external", "container", "process"]
    with pytest.raises(NodeUnavailable) as caught:
        find(Spec("2.19.6", ml=True, knn=False))
    assert str(caught.value).splitlines() == [
        "OpenSearch 2.19.6 with ML Commons without k-NN cannot be started here",
        "  as a container: no container",
        "  as a process: no process",
    ]
    assert caught.value.__notes__ == ["no external"]


def test_a_node_that_is_started_is_ones_own(ways) -> None:
    with start_node() as node:
        assert node.url == "container"
    assert node.stopped


@pytest.mark.parametrize("missing", ["filelock", "platformdirs", "testcontainers"])
def test_a_missing_package_names_the_extra(monkeypatch, missing) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(
        "hybrid.encoding.extras.find_spec", lambda name, *rest: None if name == missing else there(name, *rest)
    )
    with pytest.raises(MissingExtra, match=r"hybrid-retriever\[testing\]"):
        start_node()


def test_what_nodes_need_is_imported_when_one_is_started() -> None:
    script = "import sys, hybrid.testing; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert {"pytest", "filelock", "platformdirs", "testcontainers", "docker", "ssl"}.isdisjoint(loaded)
