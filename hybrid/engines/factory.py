"""The only place that knows the engines: a target to the engine that keeps it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from hybrid.engines.adapting import Adapted, in_thread
from hybrid.engines.protocol import AsyncEngine, Engine, IndexMeta
from hybrid.errors import InvalidInput, MissingExtra, shorten

if TYPE_CHECKING:
    from hybrid.engines.embedded.engine import EmbeddedEngine

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


def create_engine(target: str | os.PathLike[str], meta: IndexMeta) -> Engine:
    """Make an empty index.

    Args:
        target: a folder, new or empty.
        meta: what the index knows about its bundle; `fields` are declared types.

    Raises:
        IndexExists: something is there already.
        InvalidInput: a target that no engine of this version keeps.
        MissingExtra: the packages of the engine are not installed.
        IndexLocked, StorageError.
    """
    return _embedded().create(_folder(target), meta)


def open_engine(target: str | os.PathLike[str]) -> Engine:
    """Open an index for reading; the first write makes it the one writer.

    Raises:
        IndexNotFound: nothing is there, or it is not ours.
        InvalidInput: a target that no engine of this version keeps.
        MissingExtra: the packages of the engine are not installed.
        IndexFormatError, IndexDamaged, StorageError.
    """
    return _embedded()(_folder(target))


async def create_async_engine(target: str | os.PathLike[str], meta: IndexMeta) -> AsyncEngine:
    """`create_engine`, awaited."""
    return Adapted(await in_thread(create_engine, target, meta), in_thread)


async def open_async_engine(target: str | os.PathLike[str]) -> AsyncEngine:
    """`open_engine`, awaited."""
    return Adapted(await in_thread(open_engine, target), in_thread)


def _folder(target: str | os.PathLike[str]) -> Path:
    """The folder that a target names; a target with a scheme belongs to the engine of that scheme."""
    if isinstance(target, os.PathLike):
        target = os.fspath(target)
    if not isinstance(target, str) or not target:
        raise InvalidInput(f"the target is {shorten(target)}; expected the name of a folder")
    scheme = SCHEME.match(target)
    if scheme is not None:
        # The rest of a URL may hold a password.
        raise InvalidInput(f"the target begins with {scheme.group(1)}://; this version keeps an index in a folder only")
    try:
        os.fsencode(target)
    except UnicodeEncodeError:
        raise InvalidInput(f"the target is {shorten(target)}; a lone surrogate is in no folder's name") from None
    if "\0" in target:
        raise InvalidInput(f"the target is {shorten(target)}; a null character is in no folder's name")
    # Absolute: an open index stays where it is when the process goes to another folder.
    return Path(target).absolute()


def _embedded() -> type[EmbeddedEngine]:
    try:
        from hybrid.engines.embedded.engine import EmbeddedEngine
    except ImportError as error:
        if (error.name or "").split(".")[0] in ("tantivy", "Stemmer", "regex", "filelock"):
            raise MissingExtra("an index in a folder", "local") from error
        raise
    return EmbeddedEngine
