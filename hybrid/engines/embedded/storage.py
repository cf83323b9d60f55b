"""Errors of the file system, SQLite and tantivy to this library's, and writes that survive a crash."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hybrid.errors import IndexDamaged, IndexStateError, StorageError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT")


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Turn `OSError` and `sqlite3.Error` within the block into an `IndexStateError` that names `place`.

    Raises:
        StorageError: no room, no permission, or another failure of the disk.
        IndexDamaged: SQLite cannot read its file.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _from_sqlite(error, place) from error
    except OSError as error:
        raise _from_os(error, place) from error


@contextmanager
def tantivy_errors(place: Path) -> Iterator[None]:
    """Turn what tantivy raises (ValueError, mostly, with the system's words in it) into an `IndexStateError`."""
    try:
        yield
    except OSError as error:
        raise _from_os(error, place) from error
    except (ValueError, RuntimeError) as error:
        words = str(error)
        if any(
            sign in words for sign in ("No space left", "StorageFull", "File too large", "FileTooLarge", "QuotaExc")
        ):
            raise StorageError(f"{place}: the disk is full; nothing of this batch was kept") from error
        if any(sign in words for sign in ("Permission denied", "PermissionDenied", "Read-only", "ReadOnly")):
            raise StorageError(f"{place}: the folder cannot be written or read for lack of permission") from error
        if "writer was killed" in words:
            raise StorageError(f"{place}: the inverted index could not be written; is the disk full?") from error
        raise IndexDamaged(f"{place}: the inverted index cannot be used") from error


def atomic_write(path: Path, content: bytes) -> None:
    """Put a file in place whole and durable: readers see the old content or the new one."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; where folders cannot be opened (Windows) the system does it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below a folder; files that vanish meanwhile count nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(parent) / name).stat().st_size
    return total


def _from_os(error: OSError, place: Path) -> IndexStateError:
    if error.errno in FULL:
        return StorageError(f"{place}: the disk is full; nothing of this batch was kept")
    if error.errno in FORBIDDEN:
        return StorageError(f"{place}: the folder cannot be written or read for lack of permission")
    if error.errno == errno.ENOENT:
        return IndexDamaged(f"{place}: a file of the index is missing: {Path(str(error.filename)).name}")
    return StorageError(f"{place}: {error.strerror or error.__class__.__name__}")


def _from_sqlite(error: sqlite3.Error, place: Path) -> IndexStateError:
    name = str(getattr(error, "sqlite_errorname", "") or error.__class__.__name__)
    if name == "SQLITE_FULL":
        return StorageError(f"{place}: the disk is full; nothing of this batch was kept")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StorageError(f"{place}: the store cannot be opened for lack of permission or room")
    if name.startswith(DAMAGED):
        return IndexDamaged(f"{place}: the store is damaged ({name})")
    return StorageError(f"{place}: the store could not be read or written ({name})")
