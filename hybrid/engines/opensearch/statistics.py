"""Counts and bytes of an index."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hybrid.engines.opensearch.messages import Request, json_body, path
from hybrid.engines.opensearch.server import Server
from hybrid.engines.protocol import Statistics
from hybrid.errors import ServerError

PENDING = {"bool": {"must_not": [{"terms": {"mentions_from": ["given", "detected"]}}]}}


ATTEMPTS = 3
# A part of the index that is missing is an error, and not left out.
WHOLE = {"allow_partial_search_results": "false"}


async def check_whole(server: Server, name: str) -> None:
    """See that every part of an index is there; some requests would wait a minute for one, and then leave it out.

    Raises:
        ServerUnavailable: one is not. IndexNotFound, IndexStateError.
    """
    await server.ask(Request("POST", path(name, "_search"), json_body({"size": 0, "track_total_hits": False}), WHOLE))


async def count(server: Server, name: str) -> Statistics:
    """Ask for what can be found now; mentions without a vector are not counted. Bytes are those of one copy."""
    sizes = {"filter_path": "_all.primaries.store.size_in_bytes"}
    for _ in range(ATTEMPTS):
        found = await server.ask(Request("POST", path(name, "_search"), json_body(_body()), WHOLE))
        stored = await server.ask(Request("GET", path(name, "_stats", "store"), params=sizes))
        # While a rebuild swaps its index in, the old one has no size any more.
        with suppress(KeyError, TypeError):
            return _statistics(found.body, stored.body)
    raise ServerError(
        f"{server.what}: the server's answer to a count has no numbers to read; is there a proxy before it?"
    )


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
