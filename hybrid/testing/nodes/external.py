"""A user's own server, which OPENSEARCH_URL names."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from hybrid.testing.nodes.client import request
from hybrid.testing.nodes.errors import NodeError, NodeUnavailable
from hybrid.testing.nodes.protocol import Node, Spec

VARIABLE = "OPENSEARCH_URL"
_KNN = {"opensearch-knn", "opensearch-neural-search"}


def _unavailable(reason: str) -> NoReturn:
    raise NodeUnavailable(reason)


@dataclass
class ExternalNode(Node):
    """A server that is not ours to end; `refuse` is called with the reason where that is tried."""

    # Not in the dataclass's text: the URL may hold a password.
    url: str = field(repr=False)
    version: str
    refuse: Callable[[str], NoReturn] = field(default=_unavailable, repr=False)

    def kill(self) -> None:
        """See `Node.kill`."""
        self.refuse(f"the server that {VARIABLE} names is not ours to end")

    def restart(self) -> None:
        """See `Node.restart`."""
        self.refuse(f"the server that {VARIABLE} names is not ours to start again")

    def stop(self) -> None:
        """See `Node.stop`."""


def find_external(spec: Spec) -> ExternalNode:
    """The user's server.

    Raises:
        NodeUnavailable: none is named, it does not answer, or it is not what is asked for: another major or minor
            version, k-NN or ML Commons missing or there, settings of its own.
    """
    url = os.environ.get(VARIABLE, "").rstrip("/")
    if not url:
        raise NodeUnavailable(f"{VARIABLE} is not set")
    if spec.settings:
        raise NodeUnavailable(f"the server that {VARIABLE} names has settings of its own")
    try:
        version = str(request(url, "GET", "/", timeout=10)["version"]["number"])
        plugins = {row["component"] for row in request(url, "GET", "/_cat/plugins?format=json", timeout=10)}
    except (NodeError, KeyError, TypeError) as error:
        raise NodeUnavailable(f"the server that {VARIABLE} names does not answer as OpenSearch does: {error}") from None
    if version.split(".")[:2] != spec.version.split(".")[:2]:
        raise NodeUnavailable(f"the server that {VARIABLE} names is OpenSearch {version}")
    if (spec.knn and not plugins >= _KNN) or (not spec.knn and plugins & _KNN):
        raise NodeUnavailable(f"the server that {VARIABLE} names has {'no' if spec.knn else 'the'} k-NN plugin")
    if spec.ml and "opensearch-ml" not in plugins:
        raise NodeUnavailable(f"the server that {VARIABLE} names has no ML Commons")
    return ExternalNode(url, version)
