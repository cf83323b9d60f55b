"""Everything in an index, page by page, as of one moment."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from hybrid.engines.opensearch.life import State
from hybrid.engines.opensearch.messages import Request, json_body, path
from hybrid.engines.opensearch.responses import hits_of
from hybrid.engines.opensearch.server import Server

Json = Mapping[str, Any]

# A page may wait so long for the next one: a batch of long texts is encoded in between.
KEEP = "30m"
FIRST_PAGE, LARGEST_PAGE = 32, 1_000
PAGE_BYTES = 8_000_000


async def each(server: Server, state: State, query: Json, source: object) -> AsyncGenerator[Json, None]:
    """Every hit of a query, in the order in which they lie in the index, with `source` of each.

    One point in time a shard: there the order of the index is a total one, so that pages neither overlap nor leave
    anything out, whatever ids the documents have.
    """
    for shard in range(state.facts.shards):
        pages = _pages(server, state, shard, query, source)
        async with aclosing(pages):
            async for page in pages:
                for hit in page:
                    yield hit


async def _pages(
    server: Server, state: State, shard: int, query: Json, source: object
) -> AsyncGenerator[list[Json], None]:
    params = {"keep_alive": KEEP, "preference": f"_shards:{shard}"}
    opened = await server.ask(Request("POST", path(state.facts.name, "_search", "point_in_time"), params=params))
    pit, size, after = opened.body["pit_id"], FIRST_PAGE, None
    try:
        while True:
            body = {"size": size, "query": query, "_source": source, "sort": ["_doc"], "track_total_hits": False}
            body["pit"] = {"id": pit, "keep_alive": KEEP}
            if after is not None:
                body["search_after"] = after
            request = Request("POST", "/_search", json_body(body), {"allow_partial_search_results": "false"})
            response = await server.ask(request)
            page = list(hits_of(response.body))
            if not page:
                return
            yield page
            after = page[-1]["sort"]
            # Pages of about the same size in bytes, whatever the documents are.
            size = max(1, min(LARGEST_PAGE, 4 * len(page), len(page) * PAGE_BYTES // max(1, response.size)))
    finally:
        await server.ask(
            Request("DELETE", "/_search/point_in_time", json_body({"pit_id": [pit]})), accept=(404,), twice=False
        )
