"""The life of an index on a server: made, looked at, built anew behind its alias and swapped in, cleaned up."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.faults import error_of
from hybrid.engines.opensearch.generations import (
    BEAT,
    Build,
    find_alias,
    find_build,
    next_generation,
    number_of,
    own_alias,
    sign_of_life,
)
from hybrid.engines.opensearch.messages import PATIENT, Request, change, path
from hybrid.engines.opensearch.requests import Facts
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.versions import Version
from hybrid.engines.protocol import IndexMeta
from hybrid.errors import HybridError, IndexExists, IndexLocked, IndexNotFound, IndexStateError

Json = Mapping[str, Any]

# While nobody can see a generation it needs neither copies nor searchable segments.
RELAXED: Json = {"auto_expand_replicas": "false", "number_of_replicas": 0, "refresh_interval": "-1"}


@dataclass(frozen=True, slots=True)
class State:
    """What the last look found.

    `index` is the generation behind the name; `writable` the name to write to, which is an alias (`aliased`) except
    where somebody made an index of the user's name itself; `aliases` are all of the generation's, with their filters.
    """

    facts: Facts
    index: str
    writable: str
    aliased: bool
    settings: Json
    aliases: Json


async def look(server: Server, name: str, version: Version) -> State:
    """Look at an index.

    Raises:
        IndexNotFound: nothing is there, or what is there is not ours.
        IndexStateError: the name stands for several indices.
        IndexFormatError, ServerError.
    """
    response = await server.ask(Request("GET", path(name)), accept=(404,))
    if response.status == 404:
        raise IndexNotFound(f"{server.what}: there is no such index; create it, or name another one")
    found: Json = response.body
    if len(found) > 1:
        raise IndexStateError(
            f"{server.what}: the alias points at {len(found)} indices, {', '.join(sorted(found))}; take it from all "
            "but one with POST /_aliases"
        )
    ((index, info),) = found.items()
    return state_of(server.what, name, version, index, info)


def state_of(what: str, name: str, version: Version, index: str, info: Json) -> State:
    """What an answer to `GET /NAME` says."""
    meta = mappings.meta_of(info.get("mappings", {}), what)
    settings, aliases = info["settings"]["index"], info.get("aliases", {})
    own = find_alias(index, "write", aliases) or find_alias(index, "build", aliases)
    facts = Facts(name, meta, int(settings["number_of_shards"]), version)
    return State(facts, index, own or name, own is not None or name in aliases, settings, aliases)


async def create(server: Server, name: str, meta: IndexMeta, settings: Json) -> None:
    """Make the first generation, with its alias, in one step.

    Raises:
        IndexExists, ServerError.
    """
    there = await server.ask(Request("GET", path(name), params={"filter_path": "*.aliases"}), accept=(404,))
    if there.status != 404:
        raise IndexExists(f"{server.what}: an index is there already; open it, or name another one")
    request = creation(next_generation(name, await generations(server, name)), name, meta, settings)
    response = await server.ask(request, accept=(400, 500), twice=False)
    if response.ok:
        return
    text = str(response.body)
    if "resource_already_exists" in text or "more than one write index" in text:
        raise IndexExists(f"{server.what}: somebody has just created the index; open it")
    raise error_of(response, server.what)


def creation(index: str, name: str, meta: IndexMeta, settings: Json) -> Request:
    """The request that makes a generation with its aliases."""
    body = mappings.index_body(meta, settings)
    # Two write indices of one alias are refused: of two who create at the same time one gets an error.
    body["aliases"] = {name: {"is_write_index": True}, own_alias(index, "write"): {}}
    return change("PUT", path(index), body)


async def begin(server: Server, state: State, meta: IndexMeta, given_up: set[str]) -> Build:
    """Make the next generation and keep other writers away from this one.

    Args:
        server: where.
        state: as `look` has just found it.
        meta: of the new generation.
        given_up: aliases of builds that their builder has abandoned already.

    Raises:
        IndexLocked: somebody else is building, and gave a sign of life not long ago.
        ServerError.
    """
    name = state.facts.name
    others = await generations(server, name)
    await clear(server, state, others, given_up)
    index = next_generation(name, [*others, state.index])
    build = Build(index, own_alias(index, "build"), **sign_of_life())
    body = mappings.index_body(meta, {**kept_settings(state), **RELAXED})
    body["mappings"]["_meta"]["hybrid"]["build"] = sign_of_life()
    body["aliases"] = {build.alias: {}}
    response = await server.ask(change("PUT", path(index), body), accept=(400,), twice=False)
    if "resource_already_exists" in str(response.body):
        raise IndexLocked(f"{server.what}: somebody else has just begun to rebuild the index; wait until that is done")
    if not response.ok:
        raise error_of(response, server.what)
    try:
        # Returns when no write is under way any more.
        await server.ask(change("PUT", path(state.index, "_block", "write")))
    except BaseException:
        await abandon(server, state, build)
        raise
    return build


async def beat(server: Server, build: Build, meta: IndexMeta) -> Build:
    """Give a sign of life, if the last one is some time ago."""
    if time.time() - build.seen < BEAT:
        return build
    sign = sign_of_life()
    await server.ask(_put_meta(build.index, {**mappings.meta_json(meta), "build": sign}))
    return Build(build.index, build.alias, **sign)


async def swap(server: Server, state: State, build: Build, meta: IndexMeta) -> None:
    """Let the new generation take the old one's place, in one step; its settings are the old one's again before.

    Raises:
        IndexLocked: another rebuild has removed this one meanwhile.
        ServerError.
    """
    await restore(server, state, build)
    await server.ask(Request("POST", path(build.index, "_refresh"), timeout=PATIENT))
    request = change("POST", "/_aliases", {"actions": _swap_actions(state, build)})
    try:
        response = await server.ask(request, accept=(404,), twice=False)
    except HybridError:
        # The answer may have been lost on its way.
        found = await server.ask(Request("GET", path(state.facts.name), params={"filter_path": "*.aliases"}))
        if list(found.body) != [build.index]:
            raise
        return
    if response.status == 404:
        raise IndexLocked(f"{server.what}: another rebuild took the place of this one; nothing was changed")
    await server.ask(_put_meta(build.index, mappings.meta_json(meta)))


async def abandon(server: Server, state: State, build: Build) -> None:
    """Take back what `begin` did; where another rebuild has taken over, nothing is touched."""
    found = await server.ask(Request("GET", path(build.alias), params={"filter_path": "*.aliases"}), accept=(404,))
    if found.status == 404:
        return
    await restore(server, state, build)
    await _unblock(server, state)
    await server.ask(change("DELETE", path(build.index)), accept=(404,))


async def clear(server: Server, state: State, others: Mapping[str, Json], given_up: set[str]) -> bool:
    """Remove builds that were given up and the block that they left; returns whether there was one.

    Raises:
        IndexLocked: a build that was not given up is under way.
    """
    builds = [build for index, info in others.items() if (build := find_build(index, info))]
    for build in builds:
        if build.alias not in given_up and not build.given_up(time.time()):
            ago = max(0.0, time.time() - build.seen)
            raise IndexLocked(
                f"{server.what}: the index is being rebuilt by process {build.by}, last heard of {ago:,.0f} s ago; "
                "wait until that is done"
            )
    for build in builds:
        await _unblock(server, state)
        await server.ask(change("DELETE", path(build.index)), accept=(404,))
    return bool(builds)


async def clear_given_up(server: Server, state: State, given_up: set[str]) -> bool:
    """`clear`, after a look at all generations."""
    return await clear(server, state, await generations(server, state.facts.name), given_up)


async def restore(server: Server, state: State, build: Build) -> None:
    """Give a build the settings of the generation whose place it takes."""
    kept = kept_settings(state)
    final = {name: kept.get(name) for name in RELAXED}
    if final["auto_expand_replicas"] not in (None, "false"):
        # The number follows from it.
        del final["number_of_replicas"]
    await server.ask(change("PUT", path(build.index, "_settings"), {"index": final}))


def kept_settings(state: State) -> dict[str, Any]:
    """Settings of a generation that the next one has too."""
    return {name: state.settings[name] for name in mappings.KEPT_SETTINGS if name in state.settings}


async def generations(server: Server, name: str) -> dict[str, Json]:
    """Our generations of a name, whatever points at them, with aliases and `_meta`."""
    params = {"expand_wildcards": "all", "filter_path": "*.aliases,*.mappings._meta"}
    response = await server.ask(Request("GET", path(f"{name}-") + "*", params=params), accept=(404,))
    if response.status == 404:
        return {}
    return {index: info for index, info in response.body.items() if number_of(name, index) and _is_ours(info)}


def _is_ours(info: Json) -> bool:
    return "hybrid" in info.get("mappings", {}).get("_meta", {})


async def _unblock(server: Server, state: State) -> None:
    await server.ask(change("PUT", path(state.index, "_settings"), {"index.blocks.write": None}), accept=(404,))


def _swap_actions(state: State, build: Build) -> list[Json]:
    name = state.facts.name
    actions: list[Json] = [
        {"remove": {"index": build.index, "alias": build.alias, "must_exist": True}},
        {"add": {"index": build.index, "alias": own_alias(build.index, "write")}},
        {"add": {"index": build.index, "alias": name, "is_write_index": True}},
    ]
    for alias, options in state.aliases.items():
        # Views of the index that people made, filtered ones among them, go on to the new generation.
        if alias not in (name, state.writable):
            actions.append({"add": {"index": build.index, "alias": alias, **options}})
    return [*actions, {"remove_index": {"index": state.index}}]


def _put_meta(index: str, meta: Json) -> Request:
    return change("PUT", path(index, "_mapping"), {"_meta": {"hybrid": meta}})
