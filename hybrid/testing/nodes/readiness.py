"""Waiting for a node."""

from __future__ import annotations

import time
from collections.abc import Callable

from hybrid.testing.nodes.client import request
from hybrid.testing.nodes.errors import NodeError, NodeFailed

# Seconds until a node must be ready.
PATIENCE = 120.0


def is_ready(url: str) -> bool:
    """Whether a node answers and has recovered every primary shard."""
    try:
        health = request(url, "GET", "/_cluster/health?wait_for_status=yellow&timeout=5s")
    except NodeError:
        return False
    return health["status"] in ("yellow", "green")


def wait_until_ready(
    what: str, ready: Callable[[], bool], ended: Callable[[], str | None], log: Callable[[], str]
) -> None:
    """Ask again and again whether a node is ready.

    Args:
        what: what is waited for, for messages.
        ready: whether it is there.
        ended: why it will never be, None while it may be.
        log: the end of what it wrote.

    Raises:
        NodeFailed: it ended, or `PATIENCE` seconds have passed.
    """
    until = time.monotonic() + PATIENCE
    while not ready():
        reason = ended()
        if reason is None and time.monotonic() > until:
            reason = f"was not ready after {PATIENCE:.0f} s"
        if reason is not None:
            raise NodeFailed(f"{what} {reason}", log())
        time.sleep(0.05)
