"""The pytest plugin: real OpenSearch nodes as fixtures. It is there wherever hybrid and pytest are installed.

    def test_search(opensearch_node):
        node = opensearch_node("3.6.0")
        node.request("PUT", "/news/_doc/1?refresh=true", {"text": "Michelin"})
        assert node.request("GET", "/news/_count")["count"] == 1

    def test_nothing_is_lost(fresh_opensearch_node):
        node = fresh_opensearch_node("2.19.6")
        node.kill()
        node.restart()

Where no such node can be had, the test is skipped with the reason and the command that installs what is missing;
under CI (the environment variable CI is set, and neither 0 nor false) it fails instead.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from typing import NoReturn

import pytest

from hybrid.errors import HybridError, MissingExtra
from hybrid.testing.nodes.errors import NodeError, NodeUnavailable
from hybrid.testing.nodes.external import VARIABLE, ExternalNode, find_external
from hybrid.testing.nodes.protocol import HEAP, VERSION, Node, NodeFactory, Settings, Spec
from hybrid.testing.nodes.start import find, start


@pytest.fixture(scope="session")
def opensearch_node() -> Iterator[NodeFactory]:
    """A function that takes what `start_node` takes and gives a node that the whole session shares.

    Each combination is started once, and all are stopped at the end of the session: tests keep to indices of their
    own. The server that OPENSEARCH_URL names is used where it is what a test asks for (the same major and minor
    version, the plugins, no settings); a test that then kills or restarts it is skipped.
    """
    found: dict[str, Node | NodeError] = {}

    def share(spec: Spec) -> Node:
        key = json.dumps(asdict(spec), sort_keys=True)
        if key not in found:
            found[key] = look(spec)
        node = found[key]
        if isinstance(node, NodeError):
            raise node
        return node

    def look(spec: Spec) -> Node | NodeError:
        try:
            return stack.enter_context(_kept(find(spec)))
        except NodeError as error:
            return error

    with ExitStack() as stack:
        yield _factory(share)


@pytest.fixture
def fresh_opensearch_node() -> Iterator[NodeFactory]:
    """A function that takes what `start_node` takes and gives a node of the test's own, to kill and to restart.

    It is stopped at the end of the test, and never the server that OPENSEARCH_URL names; where that is the only one
    that can be had, the test is skipped, under CI too.
    """

    def begin(spec: Spec) -> Node:
        try:
            return stack.enter_context(start(spec))
        except NodeUnavailable as error:
            if _is_named(spec):
                pytest.skip(f"the server that {VARIABLE} names is not the test's own to end, and {error}")
            raise

    with ExitStack() as stack:
        yield _factory(begin)


def _factory(give: Callable[[Spec], Node]) -> NodeFactory:
    def node(
        version: str = VERSION,
        *,
        ml: bool = False,
        knn: bool = True,
        settings: Settings | None = None,
        heap: str = HEAP,
    ) -> Node:
        try:
            return give(Spec(version, ml, knn, settings or {}, heap))
        except (NodeUnavailable, MissingExtra) as error:
            _do_without(error)

    return node


def _kept(node: Node) -> Node:
    """The node; a test that ends a user's server is skipped, under CI too: nobody handed it over for that."""
    return replace(node, refuse=pytest.skip) if isinstance(node, ExternalNode) else node


def _is_named(spec: Spec) -> bool:
    try:
        find_external(spec)
    except NodeUnavailable:
        return False
    return True


def _do_without(error: HybridError) -> NoReturn:
    reason = "\n  ".join([str(error), *getattr(error, "__notes__", ())])
    if os.environ.get("CI", "").lower() not in ("", "0", "false", "no"):
        pytest.fail(f"under CI no test does without its node: {reason}", pytrace=False)
    pytest.skip(reason)
