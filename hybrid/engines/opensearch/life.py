"""The life of an index on a server: made, looked at, built anew behind its alias and swapped in, cleaned up."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hybrid.engines.opensearch import mappings
from hybrid.engines.opensearch.faults import error_of, reason_of
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
from hybrid.errors import (
    HybridError,
    IndexExists,
    IndexFormatError,
    IndexLocked,
    IndexNotFound,
    IndexStateError,
    ServerError,
    StorageError,
)

Json = Mapping[str, Any]

BLOCKED = ("blocks.", "true")
# While nobody can see a generation it needs neither copies nor searchable segments.
RELAXED: Json = {"auto_expand_replicas": "false", "number_of_replicas": 0, "refresh_interval": "-1"}


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
    if own is not None and not _is_ours(info):
        raise IndexFormatError(
            f"{what}: the mapping of {index} has lost its _meta.hybrid, perhaps to a PUT _mapping, which replaces "
            "_meta whole; put format, bundle, fingerprint, dimensions and language back"
        )
    meta = mappings.meta_of(mapping, what)
    facts = Facts(name, meta, int(settings["number_of_shards"]), version)
    fields = mapping.get("properties", {}).get("fields", {}).get("properties", {})
    foreign = {field: entry for field, entry in fields.items() if field not in meta.fields}
    return State(facts, index, own or name, own is not None or name in aliases, settings, aliases, foreign)


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


async def create(server: Server, name: str, meta: IndexMeta, settings: Json) -> None:
    """Make the first generation, with its alias, in one step.

    Raises:
        IndexExists, ServerError.
    """
    params = {"filter_path": "*.aliases,*.mappings._meta"}
    there = await server.ask(Request("GET", path(name), params=params), accept=(404,))
    if there.status != 404:
        if not any(_is_ours(info) for info in there.body.values()):
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
        if not await _is_there(server, alias):
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
        if not await _is_there(server, alias):
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


async def generations(server: Server, name: str) -> dict[str, Json]:
    """Our generations of a name, whatever points at them, with aliases and `_meta`."""
    found = (await numbered(server, name)).items()
    return {index: info for index, info in found if _is_ours(info) and _belongs(index, info, name)}


def _belongs(index: str, info: Json, name: str) -> bool:
    """Whether an index that is called as a generation is one: it has the alias, or is being built."""
    return name in info.get("aliases", {}) or find_build(index, info) is not None


def check_no_view(server: Server, state: State) -> None:
    """Refuse what is done to a whole index by a name that shows a part of it.

    Raises:
        IndexStateError.
    """
    if state.view_of is not None:
        raise IndexStateError(
            f"{server.what}: the name is a view of the index {state.view_of}, perhaps with a filter; name the index"
        )


async def numbered(server: Server, name: str) -> dict[str, Json]:
    """Every index that is called as a generation of a name is: a stranger's has taken a number, too."""
    params = {"expand_wildcards": "all", "filter_path": "*.aliases,*.mappings._meta"}
    response = await server.ask(Request("GET", path(f"{name}-") + "*", params=params), accept=(404,))
    if response.status == 404:
        return {}
    return {index: info for index, info in response.body.items() if number_of(name, index)}


def _is_ours(info: Json) -> bool:
    return "hybrid" in info.get("mappings", {}).get("_meta", {})


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
    if response.ok or await _is_there(server, other):
        await server.ask(change("PUT", path(state.index, "_settings"), {"index.blocks.write": None}), accept=(404,))
        await server.ask(change("DELETE", path(build.index)), accept=(404,))


async def _is_there(server: Server, alias: str) -> bool:
    """Whether an alias that we chose is there, and so the request was done that was to make it."""
    try:
        request = Request("GET", path(alias), params={"filter_path": "*.aliases"})
        return (await server.ask(request, accept=(404,))).ok
    except HybridError:
        return False


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
