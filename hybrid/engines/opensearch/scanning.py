"""Everything in an index, page by page, as of one moment."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hybrid.engines.opensearch.messages import Request, json_body, path
from hybrid.engines.opensearch.responses import hits_of
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.state import State
from hybrid.errors import ServerError, ServerUnavailable

Json = Mapping[str, Any]

# A page may wait so long for the next one: a batch of long texts is encoded in between.
KEEP = "30m"
FIRST_PAGE, LARGEST_PAGE = 32, 1_000
PAGE_BYTES = 8_000_000


@dataclass(slots=True)
class _Point:
    """A point in time of one shard: its id, how many hits the next page has, and after which it begins."""

    id: str
    size: int = FIRST_PAGE
    after: Any = None


async def each(server: Server, state: State, query: Json, source: object) -> AsyncGenerator[Json, None]:
    """Every hit of a query, with `source` and the revision of each.

    One point in time a shard: there the order of the index is a total one, so that pages neither overlap nor leave
    anything out, whatever ids the documents have. All are opened first, and their pages are read in turn, so that the
    server forgets none of them while another is read.
    """
    points: list[_Point] = []
    try:
        while len(points) < state.facts.shards:
            points.append(await _opened(server, state, len(points)))
        waiting = deque(points)
        while waiting:
            point = waiting.popleft()
            page = await _page(server, point, query, source)
            if page:
                waiting.append(point)
            for hit in page:
                yield hit
    finally:
        if points:
            body = json_body({"pit_id": [point.id for point in points]})
            with suppress(ServerUnavailable):  # a server that is away forgets them by itself
                await server.ask(Request("DELETE", "/_search/point_in_time", body), accept=(404,), twice=False)


async def _opened(server: Server, state: State, shard: int) -> _Point:
    params = {"keep_alive": KEEP, "preference": f"_shards:{shard}", "allow_partial_pit_creation": "false"}
    opened = await server.ask(Request("POST", path(state.facts.name, "_search", "point_in_time"), params=params))
    id = opened.body.get("pit_id")
    if not isinstance(id, str):
        raise ServerError(f"{server.what}: the server's answer has no point in time; is there a proxy before it?")
    return _Point(id)


async def _page(server: Server, point: _Point, query: Json, source: object) -> list[Json]:
    """The next page of a point in time, empty after the last one."""
    body = {"size": point.size, "query": query, "_source": source, "sort": ["_doc"], "track_total_hits": False}
    body |= {"seq_no_primary_term": True, "pit": {"id": point.id, "keep_alive": KEEP}}
    if point.after is not None:
        body["search_after"] = point.after
    response = await server.ask(Request("POST", "/_search", json_body(body), {"allow_partial_search_results": "false"}))
    page = list(hits_of(response.body))
    if page:
        point.after = page[-1]["sort"]
        # Pages of about the same size in bytes, whatever the documents are.
        point.size = max(1, min(LARGEST_PAGE, 4 * len(page), len(page) * PAGE_BYTES // max(1, response.size)))
    return page
