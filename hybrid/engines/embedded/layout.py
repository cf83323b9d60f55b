"""The folder of an index.

    TARGET/index.json    the marker: {"hybrid": "index", "format": 1, "current": "000001"}
    TARGET/write.lock    held by the one writer
    TARGET/000001/       a generation: store.sqlite, mentions.f32, passages.f32, lexical/

A rebuild writes the next generation beside the current one and then replaces the marker, in one atomic step. What a
killed writer leaves (a generation that is not current) the next one removes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import filelock
import orjson

from hybrid.engines.embedded.storage import atomic_write, storage_errors
from hybrid.engines.protocol import FORMAT
from hybrid.errors import IndexDamaged, IndexExists, IndexFormatError, IndexLocked, IndexNotFound, StorageError

MARKER = "index.json"
LOCK = "write.lock"
FIRST = "000001"


def current_generation(target: Path) -> str:
    """The name of the generation that counts.

    Raises:
        IndexNotFound: no folder, or not ours.
        IndexFormatError: of another format than this version reads.
        IndexDamaged: the marker names nothing that could be a generation.
    """
    try:
        content = (target / MARKER).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise IndexNotFound(f"{target}: {_what_is_there(target)}; create one there, or name another folder") from None
    except OSError as error:
        raise StorageError(f"{target}: the folder cannot be read: {error.strerror}") from error
    marker = _read(content)
    if marker is None:
        raise IndexNotFound(f"{target}: {MARKER} is not the marker of an index of this library")
    found = marker.get("format")
    if not isinstance(found, int) or found > FORMAT:
        raise IndexFormatError(
            f"{target}: the index has format {found}, this version reads format {FORMAT}; install a newer version"
        )
    if found < FORMAT:
        raise IndexFormatError(
            f"{target}: the index has format {found}, this version reads format {FORMAT}; run hybrid rebuild {target}"
        )
    name = marker.get("current")
    if not isinstance(name, str) or not _is_generation(name):
        raise IndexDamaged(f"{target}: {MARKER} names no generation")
    return name


def set_current(target: Path, name: str) -> None:
    """Make a generation the one that counts, atomically and durably."""
    with storage_errors(target):
        atomic_write(target / MARKER, orjson.dumps({"hybrid": "index", "format": FORMAT, "current": name}))


def check_free(target: Path) -> None:
    """Refuse a target where an index cannot be created.

    Raises:
        IndexExists: an index is there, or files that are not ours.
        StorageError: it cannot be looked at.
    """
    with storage_errors(target):
        if (target / MARKER).exists():
            raise IndexExists(f"{target}: an index is there already; open it, or name another folder")
        if target.exists() and not target.is_dir():
            raise IndexExists(f"{target}: a file is there; name a new or an empty folder")
        if target.exists() and any(not _is_ours(entry) for entry in target.iterdir()):
            raise IndexExists(f"{target}: the folder is not empty and no index; name a new or an empty folder")


def acquire_lock(target: Path) -> filelock.BaseFileLock:
    """Become the one writer, at once or not at all; the system takes the lock back when the process ends.

    Raises:
        IndexLocked: another writer has it.
        StorageError: the folder cannot be written.
    """
    # A lock that belongs to a thread could not be released by another one.
    lock = filelock.FileLock(target / LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise IndexLocked(f"{target}: another writer has the index; wait until it is closed") from None
    except (OSError, NotImplementedError) as error:
        raise StorageError(f"{target}: the folder cannot be written: {error}") from error
    return lock


def next_name(name: str) -> str:
    """The name of the generation after this one."""
    return f"{int(name) + 1:06}"


def remove_leftovers(target: Path, current: str) -> None:
    """Remove generations that do not count; one that the system holds open (Windows) is left for the next time."""
    for entry in generations(target):
        if entry.name != current:
            shutil.rmtree(entry, ignore_errors=True)


def generations(target: Path) -> Iterator[Path]:
    """Folders of generations."""
    with suppress(OSError):
        yield from [Path(entry) for entry in os.scandir(target) if _is_generation(entry.name)]


def _read(content: bytes) -> dict[str, Any] | None:
    try:
        marker = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return marker if isinstance(marker, dict) and marker.get("hybrid") == "index" else None


def _what_is_there(target: Path) -> str:
    if not target.exists():
        return "nothing is there"
    if not target.is_dir():
        return "a file is there and not the folder of an index"
    return "the folder holds no index of this library"


def _is_generation(name: str) -> bool:
    return len(name) == len(FIRST) and name.isascii() and name.isdigit()


def _is_ours(entry: Path) -> bool:
    return entry.name in (LOCK, f".{MARKER}.new") or (_is_generation(entry.name) and entry.is_dir())
