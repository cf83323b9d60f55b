"""Waiting for what happens in other processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def eventually() -> Callable[..., bool]:
    """Whether something becomes true within some seconds."""

    def wait(true: Callable[[], bool], seconds: float = 10) -> bool:
        until = time.monotonic() + seconds
        while not true() and time.monotonic() < until:
            time.sleep(0.02)
        return true()

    return wait


@pytest.fixture(scope="session")
def gone() -> Callable[[int], bool]:
    """Whether a process has ended; one that nobody has waited for yet has."""

    def look(pid: int) -> bool:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        return state == "Z"

    return look
