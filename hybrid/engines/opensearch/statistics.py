"""Counts and bytes of an index."""

from __future__ import annotations

from typing import Any

from hybrid.engines.opensearch.messages import Request, json_body, path
from hybrid.engines.opensearch.server import Server
from hybrid.engines.protocol import Statistics
from hybrid.errors import ServerError

PENDING = {"bool": {"must_not": [{"terms": {"mentions_from": ["given", "detected"]}}]}}


async def count(server: Server, name: str) -> Statistics:
    """Ask for what can be found now; mentions without a vector are not counted. Bytes are those of one copy."""
    found = await server.ask(Request("POST", path(name, "_search"), json_body(_body())))
    stored = await server.ask(
        Request("GET", path(name, "_stats", "store"), params={"filter_path": "_all.primaries.store.size_in_bytes"})
    )
    try:
        return _statistics(found.body, stored.body)
    except (KeyError, TypeError):
        raise ServerError(f"{server.what}: the server's answer to a count has no numbers to read") from None


def _statistics(found: Any, stored: Any) -> Statistics:
    groups = found["aggregations"]
    return Statistics(
        documents=found["hits"]["total"]["value"],
        passages=groups["passages"]["doc_count"],
        mentions=groups["mentions"]["with_vector"]["doc_count"],
        pending=groups["pending"]["doc_count"],
        bytes=stored["_all"]["primaries"]["store"]["size_in_bytes"],
    )


def _body() -> dict[str, Any]:
    with_vector = {"filter": {"exists": {"field": "mentions.vector"}}}
    groups = {
        "passages": {"nested": {"path": "passages"}},
        "mentions": {"nested": {"path": "mentions"}, "aggs": {"with_vector": with_vector}},
        "pending": {"filter": PENDING},
    }
    return {"size": 0, "track_total_hits": True, "aggs": groups}
