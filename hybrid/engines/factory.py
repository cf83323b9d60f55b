"""The only place that knows the engines: a target to the engine that keeps it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from hybrid.engines.adapting import Adapted, in_thread
from hybrid.engines.protocol import AsyncEngine, Engine, IndexMeta
from hybrid.errors import InvalidInput, MissingExtra, shorten

if TYPE_CHECKING:
    from opensearchpy import AsyncOpenSearch, OpenSearch

    from hybrid.engines.embedded.engine import EmbeddedEngine
    from hybrid.engines.opensearch.server import Server

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
SERVERS = ("opensearch", "opensearch+https")
TARGETS = "the name of a folder, opensearch://host:9200/index or opensearch+https://host/index"
Name: TypeAlias = str | os.PathLike[str]


def create_engine(
    target: Name | None,
    meta: IndexMeta,
    *,
    client: OpenSearch | None = None,
    index: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Engine:
    """Make an empty index.

    Args:
        target: a folder, new or empty, or an index on a server; None with `client` and `index`.
        meta: what the index knows about its bundle; `fields` are declared types.
        client: one of opensearch-py that the caller keeps and closes.
        index: the index's name, where a client is given.
        settings: settings of an index on OpenSearch by their names without `index.`, such as `number_of_shards`.

    Raises:
        IndexExists: something is there already.
        InvalidInput: a target that no engine keeps, or settings for a folder.
        MissingExtra: the packages of the engine are not installed.
        IndexLocked, StorageError, ServerError, AccessDenied.
    """
    if (folder := _folder(target, client, index)) is not None:
        _no_settings(settings)
        return _embedded().create(folder, meta)
    from hybrid.engines.opensearch.engine import OpenSearchEngine

    return OpenSearchEngine.create(*_server(target, client, index), meta, settings or {})


def open_engine(target: Name | None, *, client: OpenSearch | None = None, index: str | None = None) -> Engine:
    """Open an index; of a folder the first write makes it the one writer.

    Raises:
        IndexNotFound: nothing is there, or it is not ours.
        InvalidInput: a target that no engine keeps.
        MissingExtra: the packages of the engine are not installed.
        IndexFormatError, IndexDamaged, StorageError, ServerError, AccessDenied.
    """
    if (folder := _folder(target, client, index)) is not None:
        return _embedded()(folder)
    from hybrid.engines.opensearch.engine import OpenSearchEngine

    return OpenSearchEngine.open(*_server(target, client, index))


async def create_async_engine(
    target: Name | None,
    meta: IndexMeta,
    *,
    client: AsyncOpenSearch | None = None,
    index: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> AsyncEngine:
    """`create_engine`, awaited; a folder is kept by threads."""
    if (folder := _folder(target, client, index)) is not None:
        _no_settings(settings)
        return Adapted(await in_thread(_embedded().create, folder, meta), in_thread)
    from hybrid.engines.opensearch.engine import created

    return await created(*_async_server(target, client, index), meta, settings or {})


async def open_async_engine(
    target: Name | None, *, client: AsyncOpenSearch | None = None, index: str | None = None
) -> AsyncEngine:
    """`open_engine`, awaited; a folder is kept by threads."""
    if (folder := _folder(target, client, index)) is not None:
        return Adapted(await in_thread(_embedded(), folder), in_thread)
    from hybrid.engines.opensearch.engine import opened

    return await opened(*_async_server(target, client, index))


def without_secrets(target: str) -> str:
    """A target as it may be shown: without user and password."""
    scheme = SCHEME.match(target)
    if scheme is None or scheme.group(1).lower() not in SERVERS:
        return target
    from hybrid.engines.opensearch.target import parse_target

    return str(parse_target(target))


def _folder(target: object, client: object, index: str | None) -> Path | None:
    """The folder that a target names; None where a server is meant."""
    if client is not None or index is not None:
        if target is not None or client is None or index is None:
            raise InvalidInput("expected a target, or client= together with index=")
        return None
    if isinstance(target, os.PathLike):
        target = os.fspath(target)
    if not isinstance(target, str) or not target:
        # Anything else may be a client, whose repr holds a password.
        found = "empty" if target == "" else target.__class__.__name__
        raise InvalidInput(f"the target is {found}; expected {TARGETS}, or client= together with index=")
    if target.lower().startswith(tuple(f"{scheme}:" for scheme in SERVERS)) and "://" not in target:
        raise InvalidInput(f"the target begins with the name of a scheme and not with its '://'; expected {TARGETS}")
    scheme = SCHEME.match(target)
    if scheme is not None:
        if scheme.group(1).lower() in SERVERS:
            return None
        # The rest of a URL may hold a password.
        raise InvalidInput(f"the target begins with {scheme.group(1)}://; expected {TARGETS}")
    try:
        os.fsencode(target)
    except UnicodeEncodeError:
        raise InvalidInput(f"the target is {shorten(target)}; a lone surrogate is in no folder's name") from None
    if "\0" in target:
        raise InvalidInput(f"the target is {shorten(target)}; a null character is in no folder's name")
    # Absolute: an open index stays where it is when the process goes to another folder.
    return Path(target).absolute()


def _no_settings(settings: Mapping[str, Any] | None) -> None:
    if settings:
        raise InvalidInput(f"settings were given ({', '.join(settings)}); an index in a folder has none")


def _server(target: object, client: OpenSearch | None, index: str | None) -> tuple[Server, str]:
    from hybrid.engines.opensearch import connecting
    from hybrid.engines.opensearch.target import checked_name, parse_target

    if client is not None:
        name = checked_name(index)
        return connecting.sync_server_of(client, name), name
    parsed = parse_target(str(target))
    return connecting.sync_server(parsed), parsed.index


def _async_server(target: object, client: AsyncOpenSearch | None, index: str | None) -> tuple[Server, str]:
    from hybrid.engines.opensearch import connecting
    from hybrid.engines.opensearch.target import checked_name, parse_target

    if client is not None:
        name = checked_name(index)
        return connecting.async_server_of(client, name), name
    parsed = parse_target(str(target))
    return connecting.async_server(parsed), parsed.index


def _embedded() -> type[EmbeddedEngine]:
    try:
        from hybrid.engines.embedded.engine import EmbeddedEngine
    except ImportError as error:
        if (error.name or "").split(".")[0] in ("tantivy", "Stemmer", "regex", "filelock"):
            raise MissingExtra("an index in a folder", "local") from error
        raise
    return EmbeddedEngine
