"""`python -m hybrid.testing`: which OpenSearch nodes run here, installing what they need, and one by hand."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from types import FrameType

from hybrid.errors import HybridError
from hybrid.testing.nodes.protocol import VERSION
from hybrid.testing.nodes.start import require_packages, start_node


def main() -> int:
    """Run the command. Exit codes: 0 every tested version runs here, 1 one does not, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m hybrid.testing", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="say in which ways each version runs here")
    what.add_argument("--install", action="store_true", help="install the Java and the Maven that are missing")
    what.add_argument("--start", metavar="VERSION", nargs="?", const=VERSION, help="run a node until it is interrupted")
    parser.add_argument("--ml", action="store_true", help="the node has ML Commons")
    parser.add_argument("--port", type=int, help="the node's port; any free one if not given")
    arguments = parser.parse_args()
    try:
        if arguments.start:
            return _run(arguments.start, arguments.ml, arguments.port)
        return _check(arguments.install)
    except HybridError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1


def _check(install: bool) -> int:
    require_packages()
    from hybrid.testing.nodes.check import check
    from hybrid.testing.nodes.installing import install_missing

    if install:
        install_missing(lambda line: print(line, flush=True))
    all_run, lines = check()
    print("\n".join(lines))
    return 0 if all_run else 1


def _run(version: str, ml: bool, port: int | None) -> int:
    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # Both, because a shell that starts this in the background has it ignore interrupts.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    try:
        with start_node(version, ml=ml, settings=None if port is None else {"http.port": port}) as node:
            print(node.url, flush=True)
            while True:
                time.sleep(1)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
