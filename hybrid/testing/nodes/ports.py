"""Ports that stay free between a node's end and its next start."""

from __future__ import annotations

import random
import socket

# Below what systems give to outgoing connections.
_PORTS = range(20_000, 32_000)


def port_range() -> str:
    """A hundred ports of which a node takes the first that is free."""
    first = random.choice(_PORTS)
    return f"{first}-{first + 99}"


def free_port() -> int:
    """A port that nothing listens on now."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
