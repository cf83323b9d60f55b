"""The mean of an index's vectors, which questions are centred by, from a sample of its documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from hybrid.documents import Float32, Leg
from hybrid.engines.opensearch.messages import Request, json_body, path
from hybrid.engines.opensearch.requests import PATHS
from hybrid.engines.opensearch.responses import hits_of
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.statistics import WHOLE
from hybrid.engines.protocol import Centroid
from hybrid.errors import ServerError

# Documents whose vectors are fetched, and of each the first ones: a megabyte or two of JSON, and enough for a mean.
SAMPLE, EACH = 100, 10


async def average(server: Server, name: str, legs: Sequence[Leg]) -> Mapping[Leg, Centroid]:
    """By leg the mean over vectors of SAMPLE documents that have some, drawn with a fixed seed; none without any.

    Raises:
        ServerError: what the server says, or that its answer cannot be read.
    """
    found = {leg: await _average(server, name, leg) for leg in legs}
    return {leg: own for leg, own in found.items() if own is not None}


async def _average(server: Server, name: str, leg: Leg) -> Centroid | None:
    answer = await server.ask(Request("POST", path(name, "_search"), json_body(_body(leg)), WHOLE))
    try:
        hits = hits_of(answer.body)
    except ServerError as error:
        raise ServerError(f"{server.what}: {error}", status=error.status) from None
    with suppress(AttributeError, KeyError, OverflowError, TypeError, ValueError):
        count = int(answer.body["aggregations"]["parts"]["with_vector"]["doc_count"])
        vectors = [own["_source"]["vector"] for hit in hits for own in hit["inner_hits"][leg]["hits"]["hits"]]
        return Centroid(_mean(vectors), count) if vectors else None
    raise ServerError(f"{server.what}: the server's answer has no vectors to read; is there a proxy before it?")


def _mean(vectors: list[list[float]]) -> Float32:
    """Of vectors [n, d], float32 [d]."""
    return np.asarray(np.array(vectors, dtype=np.float32).mean(axis=0, dtype=np.float64), dtype=np.float32)


def _body(leg: Leg) -> dict[str, Any]:
    nested, field = PATHS[leg], f"{PATHS[leg]}.vector"
    exists = {"exists": {"field": field}}
    inner = {"name": leg, "size": EACH, "_source": [field]}
    having = {"nested": {"path": nested, "query": exists, "inner_hits": inner}}
    drawn = {"seed": 0, "field": "_seq_no"}
    return {
        "size": SAMPLE,
        "track_total_hits": False,
        "_source": False,
        "query": {"function_score": {"query": having, "random_score": drawn, "boost_mode": "replace"}},
        "aggs": {"parts": {"nested": {"path": nested}, "aggs": {"with_vector": {"filter": exists}}}},
    }
