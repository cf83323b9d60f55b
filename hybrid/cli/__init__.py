"""The command `hybrid`: one file per command, each importing what is heavy only when it runs."""

from __future__ import annotations

import os
import sys
import warnings


def main() -> None:
    """Run the command line; the entry point of the package.

    Exit codes: 0 done, 1 input, index or bundle refused, 2 wrong usage, 130 interrupted.
    """
    try:
        sys.exit(_run())
    except KeyboardInterrupt:
        # Interrupted before a command began or after it ended: there is nothing to say.
        sys.exit(130)


def _run() -> int | str | None:
    from hybrid.cli.app import app

    warnings.formatwarning = lambda message, *_, **__: f"Warning: {message}\n"
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # Closed by the caller; no file of an index may get its number.
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115
        # A terminal that cannot show a character gets a stand-in instead of an error.
        getattr(sys, name).reconfigure(errors="replace")
    try:
        app()
    except SystemExit as ended:
        return _flushed(ended.code)
    return 0


def _flushed(code: int | str | None) -> int | str | None:
    """A reader that closes the pipe early, as `head` does, has what it wanted."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would try to write what is left once more at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
