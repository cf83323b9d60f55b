"""What `hybrid setup` and `hybrid drop` do, as functions of a target."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from hybrid.encoding.bundle import read_manifest
from hybrid.encoding.factory import locate, shipped
from hybrid.encoding.service_client import KEY, key_of
from hybrid.engines.adapting import finish
from hybrid.engines.opensearch.connecting import sync_server
from hybrid.engines.opensearch.dashboards import parse_address, remove_views, save_views
from hybrid.engines.opensearch.hiding import hidden
from hybrid.engines.opensearch.installing import Installation, Step
from hybrid.engines.opensearch.messages import Request
from hybrid.engines.opensearch.requests import pretty
from hybrid.engines.opensearch.server import Server
from hybrid.engines.opensearch.state import look
from hybrid.engines.opensearch.target import parse_target
from hybrid.engines.opensearch.trusting import checked_address
from hybrid.engines.opensearch.versions import Version
from hybrid.engines.protocol import IndexMeta
from hybrid.errors import IndexNotFound

DEFAULT = "minilm"


def set_up(
    target: str,
    *,
    bundle: str | None = None,
    settings: Mapping[str, Any] | None = None,
    service: str | None = None,
    trust: bool = False,
    dashboards: str | None = None,
    dry: bool = False,
) -> list[Step]:
    """Put an index and its pipelines into a cluster, or bring them up to date; returns what was to be done.

    Args:
        target: `opensearch://host:9200/index`.
        bundle: of a new index and of the weights in the search pipeline; None takes the index's own where that ships,
            else `minilm`.
        settings: of a new index.
        service: the address at which the cluster reaches an encoder service of the index's bundle, for connectors,
            models, ingest pipeline and questions in words. It is shown the key in the environment variable
            HYBRID_SERVICE_KEY. Each model is asked once.
        trust: let ML Commons call the service, where the cluster's settings forbid it.
        dashboards: the address of OpenSearch Dashboards, for a data view and a saved search there.
        dry: only look, and say what would be done.

    Raises:
        BundleError, InvalidInput, ServerError, AccessDenied, IndexNotFound.
    """
    parsed = parse_target(target)
    address = None if service is None else checked_address(service)
    key = key_of(os.environ.get(KEY))
    viewed = None if dashboards is None else parse_address(dashboards)
    server = sync_server(parsed)
    try:
        version = finish(server.version())
        chosen = bundle or finish(_bundle_of(server, parsed.index, version))
        manifest = read_manifest(locate(chosen))
        meta = IndexMeta(manifest.name, manifest.fingerprint, manifest.dimensions)
        installation = Installation(server, parsed.index, version, dry=dry)
        if viewed is not None:
            # What Dashboards refuses is known before the cluster is changed.
            save_views(viewed, parsed.index, dry=True)
        with hidden(key):
            steps = finish(installation.setup(meta, manifest.how, settings or {}, address, key, trust=trust))
        return steps if viewed is None else [*steps, *save_views(viewed, parsed.index, dry=dry)]
    finally:
        finish(server.transport.close())


def drop(target: str, *, index: bool = False, dashboards: str | None = None, dry: bool = False) -> list[Step]:
    """Take pipelines, models and connectors out of a cluster, with `index` also the index; returns what was to be done.

    An address that `set_up` let ML Commons call is taken from the cluster's settings where no other connector calls it.
    `dashboards`: the address of OpenSearch Dashboards, whose data view and saved search are taken out as well.

    Raises:
        InvalidInput, ServerError, AccessDenied, IndexNotFound.
    """
    parsed = parse_target(target)
    viewed = None if dashboards is None else parse_address(dashboards)
    server = sync_server(parsed)
    try:
        version = finish(server.version())
        if viewed is not None:
            remove_views(viewed, parsed.index, dry=True)
        steps = finish(Installation(server, parsed.index, version, dry=dry).drop(index=index))
        return steps if viewed is None else [*steps, *remove_views(viewed, parsed.index, dry=dry)]
    finally:
        finish(server.transport.close())


def as_console(request: Request) -> str:
    """A request as Dev Tools takes it; a body of several values has one a line."""
    import orjson

    lines = (request.body or b"").splitlines()
    body = [pretty(orjson.loads(line)) if len(lines) == 1 else line.decode() for line in lines]
    return "\n".join((request.line, *body, ""))


async def _bundle_of(server: Server, name: str, version: Version) -> str:
    try:
        found = (await look(server, name, version)).facts.meta.bundle
    except IndexNotFound:
        return DEFAULT
    return found if found in shipped() else DEFAULT
