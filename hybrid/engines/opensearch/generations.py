"""The generations of an index: `news` is an alias of `news-000001`, and a rebuild makes `news-000002`.

Beside the alias that people use, each generation has one of its own with a random token: `news-000001-write-4f1c09ab`.
Writers go through it and insist that it is an alias, so what they send never lands in another generation (whose vectors
may be another bundle's) nor makes an index by itself. While it is being built its alias is `news-000002-build-…`: the
swap takes that away, in the one step that also moves the user's alias, so a build that was given up cannot swap.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Json = Mapping[str, Any]

# A build that gave no sign of life for so long is given up, in seconds; a batch of long texts may take minutes.
STALE = 900.0
# How often it gives one.
BEAT = 10.0


@dataclass(frozen=True, slots=True)
class Build:
    """A generation that is being built: its name, its alias, who builds it, and when that was last heard of.

    `seen` is in seconds since the epoch.
    """

    index: str
    alias: str
    by: str
    seen: float

    @property
    def builder(self) -> str:
        """Who builds it, for a message."""
        return self.by.partition("/")[0]

    def given_up(self, now: float) -> bool:
        """Whether its builder is gone: not heard of for long, or a process of this machine that is no more."""
        return now - self.seen > STALE or _gone(self.by)


def generation(name: str, number: int) -> str:
    """The name of a generation."""
    return f"{name}-{number:06}"


def number_of(name: str, index: str) -> int | None:
    """Which generation of `name` an index is."""
    found = re.fullmatch(rf"{re.escape(name)}-(\d{{6,}})", index)
    return int(found[1]) if found else None


def next_generation(name: str, indices: Iterable[str]) -> str:
    """A name that no generation has: numbers are not used again."""
    numbers = [number_of(name, index) or 0 for index in indices]
    return generation(name, max(numbers, default=0) + 1)


def own_alias(index: str, purpose: Literal["write", "build"]) -> str:
    """A new alias for a generation."""
    return f"{index}-{purpose}-{secrets.token_hex(4)}"


def find_alias(index: str, purpose: Literal["write", "build"], aliases: Iterable[str]) -> str | None:
    """A generation's own alias among its aliases."""
    pattern = re.compile(rf"{re.escape(index)}-{purpose}-[0-9a-f]{{8}}")
    return next((alias for alias in aliases if pattern.fullmatch(alias)), None)


def find_build(index: str, info: Json) -> Build | None:
    """The build that an index is, from its aliases and its mapping; None for a finished one."""
    alias = find_alias(index, "build", info.get("aliases", {}))
    if alias is None:
        return None
    entry = info.get("mappings", {}).get("_meta", {}).get("hybrid", {}).get("build", {})
    return Build(index, alias, str(entry.get("by", "")), float(entry.get("seen", 0.0)))


def sign_of_life() -> dict[str, Any]:
    """What a build says of itself in `_meta.hybrid.build`."""
    return {"by": f"{os.getpid()}@{_place()}", "seen": round(time.time(), 1)}


def _place() -> str:
    """Where this process's number is its own: containers may share the machine's name, and count processes apart."""
    try:
        namespace = "/" + re.sub(r"\D", "", str(Path("/proc/self/ns/pid").readlink()))
    except OSError:
        namespace = ""
    return socket.gethostname() + namespace


def _gone(by: str) -> bool:
    process, _, place = by.partition("@")
    if place != _place() or not process.isdecimal() or sys.platform == "win32":
        # On Windows asking whether a process is there would end it.
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
