"""One generation of an index: a folder with the store, the vectors and the inverted index."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from hybrid.engines.embedded.analysis import Analyzer
from hybrid.engines.embedded.catalog import EMPTY, load_catalog
from hybrid.engines.embedded.lexical import (
    FOLDER,
    LexicalReader,
    LexicalView,
    LexicalWriter,
    content,
    create_lexical,
)
from hybrid.engines.embedded.snapshot import Snapshot
from hybrid.engines.embedded.storage import storage_errors, sync_folder
from hybrid.engines.embedded.store import connect_reader, create_store, get_meta, index_meta
from hybrid.engines.embedded.vectors import MENTIONS, PASSAGES, create_vectors
from hybrid.engines.protocol import IndexMeta
from hybrid.errors import IndexDamaged, StorageError

ATTEMPTS = 100


def create_generation(folder: Path, meta: IndexMeta) -> None:
    """An empty generation, durable when this returns."""
    with storage_errors(folder):
        folder.mkdir(parents=True)
        create_store(folder, meta)
        create_vectors(folder / MENTIONS)
        create_vectors(folder / PASSAGES)
        create_lexical(folder / FOLDER)
        sync_folder(folder)


class Generation:
    """Opens snapshots of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._analyzer: Analyzer | None = None
        self._lexical: LexicalReader | None = None
        self._substitute: tempfile.TemporaryDirectory[str] | None = None

    def snapshot(self, earlier: Snapshot | None = None) -> Snapshot:
        """The latest version; what an earlier snapshot of this generation knows is not read again.

        Raises:
            IndexDamaged, StorageError.
        """
        with storage_errors(self.folder):
            connection = connect_reader(self.folder)
            try:
                if self._analyzer is None:
                    self._analyzer = Analyzer(index_meta(connection).language)
                lexical = self._settle(connection, self._analyzer)
                version = get_meta(connection, "version")
                catalog = load_catalog(connection, version, earlier.catalog if earlier is not None else EMPTY)
                if lexical is None or lexical.documents < catalog.with_words_count:
                    lexical = self._replaced(connection, self._analyzer)
                else:
                    self._drop_substitute()
                return Snapshot(self.folder, index_meta(connection), catalog, connection, lexical)
            except BaseException:
                connection.close()
                raise

    def close(self) -> None:
        """Remove what was made for reading."""
        if self._lexical is not None:
            self._lexical.close()
        self._lexical = None
        self._drop_substitute()

    def _settle(self, connection: sqlite3.Connection, analyzer: Analyzer) -> LexicalView | None:
        """Leave the connection in a transaction at the version that the view of the inverted index belongs to.

        The view is taken between two looks at the version. When both are equal, additions of that version are in it
        (they are committed before the store) and no deletion of a later one is (they are applied after it).
        """
        version, view = None, None
        for _ in range(ATTEMPTS):
            connection.execute("BEGIN")
            found = get_meta(connection, "version")
            if found == version:
                return view
            version = found
            view = self._view(analyzer)
            connection.execute("COMMIT")
        connection.execute("BEGIN")
        return view

    def _view(self, analyzer: Analyzer) -> LexicalView | None:
        try:
            if self._lexical is None:
                self._lexical = LexicalReader(self.folder / FOLDER, analyzer)
            return self._lexical.view()
        except (IndexDamaged, StorageError, OSError):
            if self._lexical is not None:
                self._lexical.close()
            self._lexical = None
            return None

    def _replaced(self, connection: sqlite3.Connection, analyzer: Analyzer) -> LexicalView:
        """An inverted index made from the store for this process alone: the next writer makes the one on disk anew."""
        self._drop_substitute()
        self._substitute = tempfile.TemporaryDirectory(prefix="hybrid-", ignore_cleanup_errors=True)
        folder = Path(self._substitute.name)
        fill_lexical(folder, connection, analyzer)
        return LexicalReader(folder, analyzer).view()

    def _drop_substitute(self) -> None:
        if self._substitute is not None:
            self._substitute.cleanup()
        self._substitute = None


def fill_lexical(folder: Path, connection: sqlite3.Connection, analyzer: Analyzer) -> None:
    """Make the inverted index of all documents of a store."""
    create_lexical(folder)
    writer = LexicalWriter(folder)
    try:
        for seq, title, text in connection.execute("SELECT seq, title, text FROM documents ORDER BY seq"):
            if tokens := analyzer(content(title, text)):
                writer.add(seq, tokens)
        writer.commit()
    finally:
        writer.close()
