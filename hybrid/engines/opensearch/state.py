"""What stands on a server under a name: the generation behind it, its settings and aliases, and whose it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.generations import find_alias, find_build, number_of
from hybrid.engines.opensearch.messages import Request, path
from hybrid.engines.opensearch.requests import Facts
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.versions import Version
from hybrid.errors import HybridError, IndexFormatError, IndexNotFound, IndexStateError, ServerError

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """What the last look found.

    `index` is the generation behind the name; `writable` the name to write to, which is an alias (`aliased`) except
    where somebody made an index of the user's name itself; `aliases` are all of the generation's, with their filters.
    `settings` are flat, by their names without `index.`; `foreign` are fields that somebody mapped by hand as no type
    of ours, with their mappings: the server alone knows what fits them.
    """

    facts: Facts
    index: str
    writable: str
    aliased: bool
    settings: Json
    aliases: Json
    foreign: Json = field(default_factory=dict)

    @property
    def owned(self) -> bool:
        """Whether it has an alias of its own to be written through."""
        return self.writable != self.facts.name

    @property
    def view_of(self) -> str | None:
        """The index that the name shows a part of, or is another name of; None where it is the index's own name."""
        name = self.facts.name
        options = self.aliases.get(name, {})
        own = re.sub(r"-\d{6,}$", "", self.index)
        if own != name and own in self.aliases:
            return own
        return self.index if options.keys() - {"is_write_index"} else None


async def look(server: Server, name: str, version: Version) -> State:
    """Look at an index.

    Raises:
        IndexNotFound: nothing is there, or what is there is not ours.
        IndexStateError: the name stands for several indices.
        IndexFormatError: of another format, or its `_meta` is gone.
        ServerError.
    """
    response = await server.ask(Request("GET", path(name), params={"flat_settings": "true"}), accept=(404,))
    if response.status == 404:
        raise IndexNotFound(f"{server.what}: there is no such index; create it, or name another one")
    found: Json = response.body
    if len(found) > 1:
        raise IndexStateError(
            f"{server.what}: the alias points at {len(found)} indices, {', '.join(sorted(found))}; take it from all "
            "but one with POST /_aliases"
        )
    try:
        ((index, info),) = found.items()
        return state_of(server.what, name, version, index, info)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ServerError(
            f"{server.what}: the server's answer does not describe an index; is there a proxy before it?"
        ) from None


def state_of(what: str, name: str, version: Version, index: str, info: Json) -> State:
    """What an answer to `GET /NAME` says."""
    mapping, aliases = info.get("mappings", {}), info.get("aliases", {})
    settings = mappings.flat_settings(info["settings"])
    own = find_alias(index, "write", aliases) or find_alias(index, "build", aliases)
    if own is not None and not is_ours(info):
        raise IndexFormatError(
            f"{what}: the mapping of {index} has lost its _meta.hybrid, perhaps to a PUT _mapping, which replaces "
            "_meta whole; put format, bundle, fingerprint, dimensions and language back"
        )
    meta = mappings.meta_of(mapping, what)
    facts = Facts(name, meta, int(settings["number_of_shards"]), version)
    fields = mapping.get("properties", {}).get("fields", {}).get("properties", {})
    foreign = {field: entry for field, entry in fields.items() if field not in meta.fields}
    return State(facts, index, own or name, own is not None or name in aliases, settings, aliases, foreign)


def check_no_view(server: Server, state: State) -> None:
    """Refuse what is done to a whole index by a name that shows a part of it.

    Raises:
        IndexStateError.
    """
    if state.view_of is not None:
        raise IndexStateError(
            f"{server.what}: the name is a view of the index {state.view_of}, perhaps with a filter; name the index"
        )


async def generations(server: Server, name: str) -> dict[str, Json]:
    """Our generations of a name, whatever points at them, with aliases and `_meta`."""
    found = (await numbered(server, name)).items()
    return {index: info for index, info in found if is_ours(info) and _belongs(index, info, name)}


def _belongs(index: str, info: Json, name: str) -> bool:
    """Whether an index that is called as a generation is one: it has the alias, or is being built."""
    return name in info.get("aliases", {}) or find_build(index, info) is not None


async def numbered(server: Server, name: str) -> dict[str, Json]:
    """Every index that is called as a generation of a name is: a stranger's has taken a number, too."""
    params = {"expand_wildcards": "all", "filter_path": "*.aliases,*.mappings._meta"}
    response = await server.ask(Request("GET", path(f"{name}-") + "*", params=params), accept=(404,))
    if response.status == 404:
        return {}
    return {index: info for index, info in response.body.items() if number_of(name, index)}


def is_ours(info: Json) -> bool:
    """Whether an index, as `numbered` tells of it, is one of this library."""
    return "hybrid" in info.get("mappings", {}).get("_meta", {})


async def is_there(server: Server, alias: str) -> bool:
    """Whether an alias that we chose is there, and so the request was done that was to make it."""
    try:
        request = Request("GET", path(alias), params={"filter_path": "*.aliases"})
        return (await server.ask(request, accept=(404,))).ok
    except HybridError:
        return False
