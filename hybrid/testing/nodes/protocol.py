"""What a node is, and how one is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

VERSION = "3.6.0"
HEAP = "512m"

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Spec:
    """What is asked for.

    Attributes:
        version: of OpenSearch, "3.6.0".
        ml: with ML Commons, set to reach model servers on this machine's loopback.
        knn: with the k-NN and neural-search plugins.
        settings: what is added to opensearch.yml.
        heap: of the JVM, as `-Xmx` takes it.
    """

    version: str = VERSION
    ml: bool = False
    knn: bool = True
    settings: Settings = field(default_factory=dict)
    heap: str = HEAP

    def __str__(self) -> str:
        return f"OpenSearch {self.version}{' with ML Commons' * self.ml}{'' if self.knn else ' without k-NN'}"


class Node(Protocol):
    """A running OpenSearch node.

    Invariants: `url` and `version` stay the same for the node's life, over `restart` too. What was acknowledged
    before `kill` is there after `restart`. A context manager stops its node.

    Attributes:
        url: where the node answers, without a slash at the end; holds the credentials where they are needed.
        version: the full version of the node, "3.6.0".
    """

    url: str
    version: str

    def kill(self) -> None:
        """End the node as a crash would, and return when it is gone; nothing happens where it is gone already.

        Raises:
            NodeUnavailable: a user's server, which is not ours to end.
        """

    def restart(self) -> None:
        """Start the node again, ending it first where it runs, on the same data and the same port.

        Returns when the node answers and every primary shard is there (the cluster is yellow or green).

        Raises:
            NodeFailed: it does not come back.
            NodeUnavailable: a user's server, which is not ours to end.
        """

    def stop(self) -> None:
        """End the node and remove its data, for good; may be called again. A user's server is left as it is."""

    def request(self, method: str, path: str, body: Any = None, *, timeout: float = 60) -> Any:
        """Send one request and return its answer, parsed where it is JSON, None where it is empty.

        Args:
            method: "GET", "PUT", ….
            path: with its query, "/_cluster/health?timeout=5s".
            body: text and bytes are sent as they are, anything else as JSON.
            timeout: seconds without a sign of life.

        Raises:
            NodeResponse: the status is 400 or more.
            NodeFailed: there is no answer.
        """
        from hybrid.testing.nodes.client import request

        return request(self.url, method, path, body, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class NodeFactory(Protocol):
    """What the fixtures `opensearch_node` and `fresh_opensearch_node` give; takes what `start_node` takes."""

    def __call__(
        self,
        version: str = VERSION,
        *,
        ml: bool = False,
        knn: bool = True,
        settings: Settings | None = None,
        heap: str = HEAP,
    ) -> Node:
        """Give such a node."""
