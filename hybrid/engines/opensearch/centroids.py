"""The mean of an index's vectors, which questions are centred by, from a sample of its documents."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from hybrid.documents import Leg
from hybrid.engines.opensearch.messages import Request, json_body, path
from hybrid.engines.opensearch.requests import PATHS
from hybrid.engines.opensearch.responses import hits_of
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.statistics import WHOLE
from hybrid.engines.protocol import Centroid
from hybrid.errors import ServerError

# Documents whose vectors are fetched, and of each the first ones: some megabytes of JSON, and enough for a mean.
SAMPLE, EACH = 200, 10


async def average(server: Server, name: str) -> Mapping[Leg, Centroid]:
    """Means over vectors of SAMPLE documents, drawn with a fixed seed, and how many vectors there are in all.

    Raises:
        ServerError: what the server says, or that its answer cannot be read.
    """
    found = await server.ask(Request("POST", path(name, "_search"), json_body(_body()), WHOLE))
    try:
        hits = hits_of(found.body)
    except ServerError as error:
        raise ServerError(f"{server.what}: {error}") from None
    with suppress(AttributeError, KeyError, OverflowError, TypeError, ValueError):
        counts = {leg: int(found.body["aggregations"][leg]["with_vector"]["doc_count"]) for leg in PATHS}
        means = {leg: _mean([vector for hit in hits for vector in _vectors(hit, leg)]) for leg in PATHS}
        return {leg: Centroid(mean, counts[leg]) for leg, mean in means.items() if mean is not None}
    raise ServerError(f"{server.what}: the server's answer has no vectors to read; is there a proxy before it?")


def _vectors(hit: Any, leg: Leg) -> list[Any]:
    inner = hit["inner_hits"].get(leg)
    return [] if inner is None else [own["_source"]["vector"] for own in inner["hits"]["hits"]]


def _mean(vectors: list[Any]) -> Any:
    return np.array(vectors, dtype=np.float32).mean(axis=0, dtype=np.float64).astype(np.float32) if vectors else None


def _body() -> dict[str, Any]:
    exists = {leg: {"exists": {"field": f"{nested}.vector"}} for leg, nested in PATHS.items()}
    groups = {
        leg: {"nested": {"path": PATHS[leg]}, "aggs": {"with_vector": {"filter": own}}} for leg, own in exists.items()
    }
    # Documents without a vector would leave fewer to take the mean of.
    having = [
        {
            "nested": {
                "path": PATHS[leg],
                "query": own,
                "inner_hits": {"name": leg, "size": EACH, "_source": [f"{PATHS[leg]}.vector"]},
            }
        }
        for leg, own in exists.items()
    ]
    drawn = {"query": {"bool": {"should": having}}, "random_score": {"seed": 0, "field": "_seq_no"}}
    return {
        "size": SAMPLE,
        "track_total_hits": False,
        "_source": False,
        "query": {"function_score": {**drawn, "boost_mode": "replace"}},
        "aggs": groups,
    }
