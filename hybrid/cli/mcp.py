"""`hybrid mcp`: an index for an assistant, over standard input and output."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from hybrid.cli import options
from hybrid.cli.reporting import reported


def command(target: options.Target, encoder: options.Encoder = None) -> None:
    """Serve an index to an assistant that speaks the Model Context Protocol.

    The assistant starts this command and talks to it over standard input and output; it ends when the assistant closes
    them. Its tools are find, plan and count; nothing can be written. Errors stand on stderr.
    """
    with reported():
        from hybrid.integrations.mcp import serve

        with _interruptible():
            serve(target, encoder, left=_end)


def _end() -> None:
    """End the process without waiting: loading weights for a client that is gone would take seconds."""
    sys.stdout.flush()
    sys.stderr.flush()
    # Nothing is written to the index, so nothing is left half done.
    os._exit(0)


@contextmanager
def _interruptible() -> Iterator[None]:
    """An interrupt ends the process at once: the thread that waits for a line of input would not hear of it."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
