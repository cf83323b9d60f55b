"""An index is built anew behind its alias and swapped in, and what a builder left is cleaned up."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.faults import error_of
from hybrid.engines.opensearch.generations import BEAT, Build, find_build, next_generation, own_alias, sign_of_life
from hybrid.engines.opensearch.messages import PATIENT, Request, change, path
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.state import State, check_no_view, generations, is_there, look, numbered
from hybrid.engines.protocol import IndexMeta
from hybrid.errors import HybridError, IndexLocked, IndexNotFound, StorageError

Json = Mapping[str, Any]

BLOCKED = ("blocks.", "true")
# While nobody can see a generation it needs neither copies nor searchable segments.
RELAXED: Json = {"auto_expand_replicas": "false", "number_of_replicas": 0, "refresh_interval": "-1"}


async def begin(server: Server, state: State, meta: IndexMeta, given_up: set[str]) -> Build:
    """Make the next generation and keep other writers away from this one.

    Args:
        server: where.
        state: as `look` has just found it.
        meta: of the new generation.
        given_up: aliases of builds that their builder has abandoned already.

    Raises:
        IndexLocked: somebody else is building, and gave a sign of life not long ago; or the index takes no writes.
        IndexStateError: the name is a view of an index.
        StorageError, ServerError.
    """
    check_no_view(server, state)
    name = state.facts.name
    others = await numbered(server, name)
    cleared = await clear(server, state, others, given_up)
    _check_unblocked(server, state, but="write" if cleared else None)
    index = next_generation(name, [*others, state.index])
    build = Build(index, own_alias(index, "build"), **sign_of_life())
    body = mappings.index_body(meta, {**kept_settings(state), **RELAXED})
    body["mappings"]["_meta"]["hybrid"]["build"] = sign_of_life()
    if state.foreign:
        body["mappings"]["properties"]["fields"].setdefault("properties", {}).update(state.foreign)
    body["aliases"] = {build.alias: {}}
    try:
        response = await server.ask(change("PUT", path(index), body), accept=(400,), twice=False)
        if response.ok:
            # Returns when no write is under way any more.
            await server.ask(change("PUT", path(state.index, "_block", "write")))
    except BaseException:
        await give_up(server, state, build, given_up)
        raise
    if "resource_already_exists" in str(response.body):
        raise IndexLocked(f"{server.what}: somebody else has just begun to rebuild the index; wait until that is done")
    if not response.ok:
        raise error_of(response, server.what)
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
    try:
        await restore(server, state, build)
        await server.ask(Request("POST", path(build.index, "_refresh"), timeout=PATIENT))
        # Somebody may have made another alias meanwhile.
        latest = await look(server, state.facts.name, state.facts.version)
    except IndexNotFound:
        raise removed(server) from None
    if latest.index != state.index:
        raise removed(server)
    alias = own_alias(build.index, "write")
    request = change("POST", "/_aliases", {"actions": _swap_actions(latest, build, alias)})
    try:
        response = await server.ask(request, accept=(404,), twice=False)
    except HybridError:
        # The answer may have been lost on its way.
        if not await is_there(server, alias):
            raise
    else:
        if response.status == 404:
            raise removed(server)
    with suppress(HybridError):  # what a build said of itself does no harm in an index that is none
        await server.ask(_put_meta(build.index, mappings.meta_json(meta)))


def removed(server: Server) -> IndexLocked:
    """The error of a build that somebody took away."""
    return IndexLocked(
        f"{server.what}: another rebuild took the place of this one, or the index was deleted; nothing was changed"
    )


async def give_up(server: Server, state: State, build: Build, given_up: set[str]) -> None:
    """Take back what `begin` did, as far as the server can be reached.

    Where it cannot, or does later what it was asked for, the build is in `given_up` for whoever comes next.
    """
    given_up.add(build.alias)
    with suppress(HybridError):
        await _remove(server, state, build, given_up)


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
                f"{server.what}: the index is being rebuilt by process {build.builder}, last heard of {ago:,.0f} s "
                "ago; wait until that is done"
            )
    for build in builds:
        await _remove(server, state, build, given_up)
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
    return {name: value for name, value in state.settings.items() if not name.startswith(mappings.OWN_SETTINGS)}


async def _remove(server: Server, state: State, build: Build, given_up: set[str]) -> None:
    """Remove a build and the block that it left; where it was swapped in meanwhile, nothing is touched.

    First it gets another alias: then no swap that is under way can come afterwards, when the old generation takes
    writes again, or turn what is removed into the index.
    """
    other = own_alias(build.index, "build")
    given_up.add(other)
    actions = [
        {"remove": {"index": build.index, "alias": build.alias, "must_exist": True}},
        {"add": {"index": build.index, "alias": other}},
    ]
    response = await server.ask(change("POST", "/_aliases", {"actions": actions}), accept=(400, 404))
    # Sent a second time after a lost answer it is refused, too.
    if response.ok or await is_there(server, other):
        await server.ask(change("PUT", path(state.index, "_settings"), {"index.blocks.write": None}), accept=(404,))
        await server.ask(change("DELETE", path(build.index)), accept=(404,))


def _check_unblocked(server: Server, state: State, but: str | None) -> None:
    """Refuse to rebuild an index that its user has blocked: the next generation would not be."""
    on = [name.removeprefix("blocks.") for name, value in state.settings.items() if (name[:7], value) == BLOCKED]
    blocks = [name for name in on if name != but]
    if blocks:
        kind = IndexLocked if blocks == ["write"] else StorageError
        raise kind(
            f"{server.what}: the index takes no writes (index.blocks.{blocks[0]}), so it cannot be rebuilt; take that "
            "away first"
        )


def _swap_actions(state: State, build: Build, own: str) -> list[Json]:
    name = state.facts.name
    actions: list[Json] = [
        {"remove": {"index": build.index, "alias": build.alias, "must_exist": True}},
        {"add": {"index": build.index, "alias": own}},
        {"add": {"index": build.index, "alias": name, "is_write_index": True}},
    ]
    for alias, options in state.aliases.items():
        # Views of the index that people made, filtered ones among them, go on to the new generation.
        if alias not in (name, state.writable):
            actions.append({"add": {"index": build.index, "alias": alias, **options}})
    return [*actions, {"remove_index": {"index": state.index}}]


def _put_meta(index: str, meta: Json) -> Request:
    return change("PUT", path(index, "_mapping"), {"_meta": {"hybrid": meta}})
