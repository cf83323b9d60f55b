"""Whether ML Commons may call an encoder service: settings of the cluster, which only a person may open.

`trusted_connector_endpoints_regex` lists what may be called at all, and `connector.private_ip_enabled` says whether a
machine of one's own network may be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from hybrid.engines.opensearch.messages import Request, change, json_body, path
from hybrid.errors import InvalidInput, shorten

ENDPOINTS = "plugins.ml_commons.trusted_connector_endpoints_regex"
PRIVATE = "plugins.ml_commons.connector.private_ip_enabled"
_SPECIAL = re.compile(r"[^0-9A-Za-z:/_-]")
LOOK = Request("GET", path("_cluster", "settings"), params={"include_defaults": "true", "flat_settings": "true"})


def checked_address(address: str) -> str:
    """An address without a slash at its end.

    Raises:
        InvalidInput: it is none of HTTP's, or there is a user in it, who would be shown to everybody.
    """
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.username is not None or parts.query or parts.fragment:
        # What stands before an @ may be a password.
        shown = shorten(address) if "@" not in address else "what was given"
        raise InvalidInput(
            f"{shown} is no address of an encoder service; expected http://HOST:PORT, and its key in HYBRID_SERVICE_KEY"
        )
    return address.rstrip("/")


def missing_settings(settings: Mapping[str, Any], address: str) -> dict[str, Any]:
    """The settings that keep ML Commons from calling an address, with values under which it may.

    `settings` is the answer to LOOK; what a server does not tell it does not have.
    """
    wanted: dict[str, Any] = {}
    endpoints = _effective(settings, ENDPOINTS)
    if isinstance(endpoints, list) and not any(_matches(pattern, address) for pattern in endpoints):
        wanted[ENDPOINTS] = [*endpoints, pattern_of(address)]
    if _effective(settings, PRIVATE) == "false" and is_private(address):
        wanted[PRIVATE] = "true"
    return wanted


def setting(wanted: Mapping[str, Any], settings: Mapping[str, Any]) -> Request:
    """The request that sets settings of the cluster, in the layer that counts: a transient value hides others."""
    transient = settings.get("transient") or {}
    layer = "transient" if any(name in transient for name in wanted) else "persistent"
    return change("PUT", path("_cluster", "settings"), {layer: dict(wanted)})


def untrusting(settings: Mapping[str, Any], address: str) -> dict[str, Any]:
    """The setting that takes an address out again that `missing_settings` put in; nothing where it is not in."""
    endpoints = _effective({name: own for name, own in settings.items() if name != "defaults"}, ENDPOINTS)
    if not isinstance(endpoints, list) or pattern_of(address) not in endpoints:
        return {}
    return {ENDPOINTS: [pattern for pattern in endpoints if pattern != pattern_of(address)]}


def advice(wanted: Mapping[str, Any]) -> str:
    """What a person can do who may set them."""
    body = json_body({"persistent": dict(wanted)}).decode()
    return (
        f"ML Commons is not allowed to call it ({', '.join(wanted)}); run setup with --trust, or send PUT "
        f"/_cluster/settings {body}"
    )


def pattern_of(address: str) -> str:
    """A regular expression of Java's for everything at an address and nothing else."""
    literal = _SPECIAL.sub(r"\\\g<0>", address)
    return f"^{literal}/.*$"


def is_private(address: str) -> bool:
    """Whether an address is of one's own machine or network, as far as it tells."""
    host = urlsplit(address).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".internal", ".local", ".localhost"))


def _effective(settings: Mapping[str, Any], name: str) -> Any:
    for part in ("transient", "persistent", "defaults"):
        if name in (settings.get(part) or {}):
            return settings[part][name]
    return None


def _matches(pattern: Any, address: str) -> bool:
    """Whether an endpoint at the address is trusted; an expression that Python cannot read may be."""
    try:
        return re.fullmatch(str(pattern), f"{address}/v1/embeddings") is not None
    except re.error:
        return True
