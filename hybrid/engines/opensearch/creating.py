"""An index is made on a server: its first generation with its aliases, in one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.faults import error_of, reason_of
from hybrid.engines.opensearch.generations import next_generation, own_alias
from hybrid.engines.opensearch.messages import Request, change, path
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.state import State, is_ours, is_there, numbered
from hybrid.engines.protocol import IndexMeta
from hybrid.errors import IndexExists, ServerError

Json = Mapping[str, Any]


async def create(server: Server, name: str, meta: IndexMeta, settings: Json) -> None:
    """Make the first generation, with its alias, in one step.

    Raises:
        IndexExists, ServerError.
    """
    params = {"filter_path": "*.aliases,*.mappings._meta"}
    there = await server.ask(Request("GET", path(name), params=params), accept=(404,))
    if there.status != 404:
        if not any(is_ours(info) for info in there.body.values()):
            raise IndexExists(
                f"{server.what}: an index is there already, but not one of this library; name another one"
            )
        raise IndexExists(f"{server.what}: an index is there already; open it, or name another one")
    index = next_generation(name, await numbered(server, name))
    alias = own_alias(index, "write")
    try:
        response = await server.ask(creation(index, name, meta, settings, alias), accept=(400, 500), twice=False)
    except ServerError:
        # The answer may have been lost on its way.
        if not await is_there(server, alias):
            raise
        return
    if response.ok:
        return
    text = str(response.body)
    if "resource_already_exists" in text or "more than one write index" in text:
        raise IndexExists(f"{server.what}: somebody has just created the index; open it")
    raise error_of(response, server.what)


def creation(index: str, name: str, meta: IndexMeta, settings: Json, alias: str | None = None) -> Request:
    """The request that makes a generation with its aliases; `alias` is its own, a new one unless it is given."""
    body = mappings.index_body(meta, settings)
    # Two write indices of one alias are refused: of two who create at the same time one gets an error.
    body["aliases"] = {name: {"is_write_index": True}, alias or own_alias(index, "write"): {}}
    return change("PUT", path(index), body)


async def own(server: Server, state: State) -> None:
    """Give an index that somebody made by hand an alias of its own to be written through.

    Nothing is done where its name is an alias by now: a rebuild has taken its place, and is seen by the next look.

    Raises:
        IndexNotFound, StorageError, ServerError.
    """
    action = {"add": {"index": state.index, "alias": own_alias(state.index, "write")}}
    response = await server.ask(change("POST", "/_aliases", {"actions": [action]}), accept=(400,))
    if not response.ok and "matches an alias" not in reason_of(response):
        raise error_of(response, server.what)
