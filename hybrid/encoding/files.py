"""A model's files, in a folder or in a zip that may be cut into parts; nothing is unpacked to disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hybrid.errors import BundleError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Files(Protocol):
    """Named files to read from."""

    @property
    def place(self) -> str:
        """Where they are, for a message."""
        ...

    def names(self) -> list[str]:
        """Names of the files, sorted."""
        ...

    def read(self, name: str) -> bytes:
        """A file's content; BundleError where it is not there or cannot be read."""
        ...

    def path(self, name: str) -> Path | None:
        """Where the file lies on disk by itself, so that it can be mapped into memory; None where it does not."""
        ...


class Folder:
    """The files of one folder, without those of folders inside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.place = str(path)

    def names(self) -> list[str]:
        """See `Files`."""
        try:
            return sorted(file.name for file in self._path.iterdir() if file.is_file())
        except OSError as error:
            raise BundleError(f"{self.place}: expected a model's folder: {error.strerror}") from error

    def read(self, name: str) -> bytes:
        """See `Files`."""
        try:
            return (self._path / name).read_bytes()
        except OSError as error:
            raise BundleError(f"{self.place}: {name} cannot be read: {error.strerror}") from error

    def path(self, name: str) -> Path | None:
        """See `Files`."""
        return self._path / name


class Archive:
    """The files of the one folder inside a zip that holds a config.json; the zip may be cut into parts."""

    def __init__(self, parts: Sequence[Path]) -> None:
        self.place = " + ".join(part.name for part in parts)
        try:
            self._zip = zipfile.ZipFile(io.BufferedReader(Joined(parts)))
        except (zipfile.BadZipFile, OSError) as error:
            raise BundleError(f"{self.place}: not a zip: {error}") from error
        roots = [name.removesuffix("config.json") for name in self._zip.namelist()]
        found = [root for root, name in zip(roots, self._zip.namelist(), strict=True) if name == f"{root}config.json"]
        if not found:
            raise BundleError(f"{self.place}: no config.json in the zip")
        self._root = min(found, key=len)

    def names(self) -> list[str]:
        """See `Files`."""
        inside = [name.removeprefix(self._root) for name in self._zip.namelist() if name.startswith(self._root)]
        return sorted(name for name in inside if name and "/" not in name)

    def read(self, name: str) -> bytes:
        """See `Files`."""
        try:
            return self._zip.read(f"{self._root}{name}")
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise BundleError(f"{self.place}: {name} cannot be read: {error}") from error

    def path(self, name: str) -> Path | None:
        """See `Files`."""
        return None

    def unpack(self, folder: Path) -> None:
        """Write all files, those of folders inside it too, for a library that reads from disk alone."""
        try:
            for name in self._zip.namelist():
                target = folder / name.removeprefix(self._root)
                # A name may not lead out of the folder, whoever made the zip.
                if name.startswith(self._root) and not name.endswith("/") and ".." not in Path(name).parts:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(self._zip.read(name))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise BundleError(f"{self.place}: cannot be unpacked: {error}") from error


class Joined(io.RawIOBase):
    """Several files read as if they were one."""

    def __init__(self, parts: Sequence[Path]) -> None:
        super().__init__()
        self._parts = tuple(parts)
        self._ends = list(accumulate(part.stat().st_size for part in parts))
        self._at = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from any place."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a byte and return its number."""
        base = (0, self._at, self._ends[-1] if self._ends else 0)[whence]
        self._at = max(base + offset, 0)
        return self._at

    def tell(self) -> int:
        """The number of the next byte."""
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer from the part that the next byte lies in; 0 at the end."""
        part = bisect_right(self._ends, self._at)
        if part == len(self._parts):
            return 0
        start = self._ends[part - 1] if part else 0
        with self._parts[part].open("rb", buffering=0) as file:
            file.seek(self._at - start)
            count = file.readinto(buffer)
        self._at += count
        return count
