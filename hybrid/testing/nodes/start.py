"""Starting a node: the only place that knows the ways."""

from __future__ import annotations

from hybrid.encoding.extras import require
from hybrid.errors import MissingExtra
from hybrid.testing.nodes.errors import NodeUnavailable
from hybrid.testing.nodes.protocol import HEAP, VERSION, Node, Settings, Spec


def start_node(
    version: str = VERSION, *, ml: bool = False, knn: bool = True, settings: Settings | None = None, heap: str = HEAP
) -> Node:
    """Start an OpenSearch node of your own, empty, on a free port; it ends with this process at the latest.

    A container where a Docker engine answers; else a process of this machine, made of Maven artifacts (so that Java
    and Maven are needed, and some 150 MB are fetched once), on 127.0.0.1 alone. Without authentication either way.

        with start_node("2.19.6") as node:
            node.request("PUT", "/news")

    Args:
        version: of OpenSearch; 2.19.6 and 3.6.0 are known to run both ways.
        ml: with ML Commons, allowed to call model servers on 127.0.0.1; never a container, which could not reach them.
        knn: with the k-NN and neural-search plugins. Without Docker, mappings must say `"engine": "lucene"`.
        settings: what is added to opensearch.yml, as {"http.max_content_length": "1mb"}.
        heap: of the JVM, as `-Xmx` takes it.

    Raises:
        NodeUnavailable: there is no way here; says what is missing and how to install it.
        NodeFailed: the node does not start; shows the end of its log.
        MissingExtra: packages of the extra `testing` are not installed.
    """
    return start(Spec(version, ml, knn, settings or {}, heap))


def require_packages() -> None:
    """Raises MissingExtra where the packages that nodes need are not installed."""
    require("an OpenSearch node for tests", "testing", "filelock", "platformdirs", "testcontainers")


def start(spec: Spec) -> Node:
    """See `start_node`."""
    require_packages()
    from hybrid.testing.nodes.container import start_container
    from hybrid.testing.nodes.local import start_local

    reasons = []
    for way, begin in (("as a container", start_container), ("as a process", start_local)):
        try:
            return begin(spec)
        except NodeUnavailable as error:
            reasons.append(f"{way}: {error}")
    raise NodeUnavailable("\n  ".join([f"{spec} cannot be started here", *reasons]))


def find(spec: Spec) -> Node:
    """The server that OPENSEARCH_URL names where it is what is asked for, else a node that is started.

    Raises:
        NodeUnavailable, NodeFailed, MissingExtra: as `start_node`.
    """
    from hybrid.testing.nodes.external import find_external

    try:
        return find_external(spec)
    except NodeUnavailable as why_not:
        try:
            return start(spec)
        except (NodeUnavailable, MissingExtra) as error:
            error.add_note(str(why_not))
            raise
