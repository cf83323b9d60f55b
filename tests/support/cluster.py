"""What `setup` and `drop` may touch on a node, and an encoder service that a node calls."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import numpy as np
from listening import running

from hybrid.engines.opensearch.administration import drop
from hybrid.service.app import create_app
from hybrid.testing import NodeResponse

NUMBERS = count(1)
ML = "/_plugins/_ml"


class Cluster:
    """A node and a name on it; `target` is the index of that name."""

    def __init__(self, node):
        self.node, self.name = node, f"installed-{next(NUMBERS):03}"
        self.target = f"opensearch://{node.url.removeprefix('http://')}/{self.name}"

    def get(self, path):
        try:
            return self.node.request("GET", path)
        except NodeResponse as error:
            if error.status == 404:
                return None
            raise

    def of_ml(self, kind):
        """What has a name of ours in ML Commons, in the order of names."""
        query = {"query": {"prefix": {"name.keyword": f"hybrid-{self.name}-"}}}
        try:
            found = self.node.request("POST", f"{ML}/{kind}/_search", query)
        except NodeResponse as error:
            return [] if error.status == 404 else [f"no ML Commons: {error.status}"]
        # A search is up to a second behind.
        there = {hit["_id"]: self.get(f"{ML}/{kind}/{hit['_id']}") for hit in found["hits"]["hits"]}
        # Times change when the server looks whether a model is still deployed.
        found = [
            {key: value for key, value in body.items() if not key.endswith("_time")} | {"id": id}
            for id, body in there.items()
            if body is not None
        ]
        return sorted(found, key=lambda body: body["name"])

    def everything(self):
        """All that setup and drop may touch."""
        return {
            "indices": self.get(f"/{self.name}*?expand_wildcards=all"),
            "search pipelines": self.get("/_search/pipeline"),
            "ingest pipelines": self.get("/_ingest/pipeline"),
            **{kind: self.of_ml(kind) for kind in ("connectors", "models", "model_groups")},
        }

    def write(self, id, source, pipeline=None):
        through = f"&pipeline={pipeline}" if pipeline else ""
        return self.node.request("POST", f"/{self.name}/_doc/{id}?refresh=true{through}", source)


class Recorded:
    """An encoder that remembers the passages it was asked for, and how often."""

    def __init__(self, encoder):
        self._encoder = encoder
        self.asked: dict[str, np.ndarray] = {}
        self.requests = 0

    def __getattr__(self, name):
        return getattr(self._encoder, name)

    def encode_passages(self, texts):
        rows = self._encoder.encode_passages(texts)
        self.asked |= dict(zip(texts, rows, strict=True))
        self.requests += 1
        return rows


@contextmanager
def encoder_service(encoder, key=None):
    """The real service on a port of its own; `url` is its address."""
    recorded = Recorded(encoder)
    with running(create_app(recorded, key=key)) as recorded.url:
        yield recorded


def cluster_on(node) -> Iterator[Cluster]:
    """A name on a node; nothing of it is left at the end."""
    cluster = Cluster(node)
    yield cluster
    names = [
        row["index"] for row in node.request("GET", f"/_cat/indices/{cluster.name}*?expand_wildcards=all&format=json")
    ]
    for name in names:
        node.request("DELETE", f"/{name}")
    with warnings.catch_warnings():
        # A connector that the server takes for one that other models use.
        warnings.simplefilter("ignore")
        drop(cluster.target)
