"""The store: one SQLite file per generation, the index's one point of truth.

Why SQLite and not tantivy's commit: a document's text, fields, mentions and the place of its vectors must change
together with "this id now means that document", and a filter must be able to ask for them; SQLite commits all of it in
one atomic step and gives every reader an unchanging view meanwhile (write-ahead log). tantivy knows neither unique ids
nor transactions over other files. What is not in SQLite is found again from it: rows of vectors that no commit counts
are overwritten, tantivy's documents that it does not know are removed, missing ones added.

`synchronous=FULL`: in WAL mode NORMAL survives a killed process but may lose the last commits in a power cut, and
`write` promises that what it reported is durable. One fsync a batch is the price.

Documents are numbered 0, 1, 2 … in the order of writing (`seq`); a number is never used again. Per batch one row of
`batches` holds, as packed arrays, how many rows each document has in the vector files, so that opening an index of a
million documents reads a few blobs and not a million rows.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from hybrid.encoding.protocol import Dimensions
from hybrid.engines.protocol import IndexMeta
from hybrid.planning.values import FieldType

STORE = "store.sqlite"
MAX_VARIABLES = 500

SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE documents(
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT, text TEXT NOT NULL, fields TEXT,
    mentions_from TEXT NOT NULL, mentions BLOB NOT NULL, passages BLOB NOT NULL, refused TEXT);
CREATE TABLE field_types(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL);
-- `value` has no declared type, so that SQLite converts nothing: 1, 1.0 and '1' stay what they are.
CREATE TABLE field_values(
    field INTEGER NOT NULL, value NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(field, value, seq)) WITHOUT ROWID;
CREATE TABLE batches(
    first INTEGER PRIMARY KEY, mention_rows BLOB NOT NULL, passage_rows BLOB NOT NULL, passages BLOB NOT NULL,
    flags BLOB NOT NULL);
CREATE TABLE deleted(seq INTEGER PRIMARY KEY, version INTEGER NOT NULL);
CREATE INDEX deleted_version ON deleted(version);
"""


def create_store(folder: Path, meta: IndexMeta) -> None:
    """An empty store with the index's meta data and its declared fields."""
    connection = connect_writer(folder)
    try:
        with transaction(connection):
            for statement in SCHEMA.split(";\n"):
                connection.execute(statement)
            put_meta(connection, "index", orjson.dumps(_meta_json(meta)).decode())
            for key in ("version", "documents", "mention_rows", "passage_rows", "purged"):
                put_meta(connection, key, 0)
            connection.executemany("INSERT INTO field_types(name, type) VALUES (?, ?)", list(meta.fields.items()))
    finally:
        connection.close()


def connect_writer(folder: Path) -> sqlite3.Connection:
    """A connection that may write; transactions are explicit."""
    connection = sqlite3.connect(folder / STORE, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def connect_reader(folder: Path) -> sqlite3.Connection:
    """A connection that only reads, also in a folder, or on a full disk, where no file can be made.

    SQLite needs a shared-memory file beside a write-ahead log. Where it can make none: without a log the store is read
    as one that never changes; with one (its writer was killed) both are read from a copy.
    """
    store = folder / STORE
    if not store.exists():
        raise FileNotFoundError(2, "No such file", str(store))
    try:
        return _probed(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", **_READING))
    except sqlite3.OperationalError:
        log = folder / f"{STORE}-wal"
        if not log.exists() or not log.stat().st_size:
            return _probed(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro&immutable=1", **_READING))
    with tempfile.TemporaryDirectory(prefix="hybrid-", ignore_cleanup_errors=True) as copy:
        shutil.copyfile(store, Path(copy) / STORE)
        shutil.copyfile(log, Path(copy) / log.name)
        on_disk = sqlite3.connect(Path(copy) / STORE)
        try:
            in_memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            on_disk.backup(in_memory)
            return in_memory
        finally:
            on_disk.close()


_READING: dict[str, Any] = {"uri": True, "isolation_level": None, "check_same_thread": False}


def _probed(connection: sqlite3.Connection) -> sqlite3.Connection:
    try:
        connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the block or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have rolled back by itself already.
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def get_meta(connection: sqlite3.Connection, key: str) -> Any:
    """One value of the meta data."""
    return connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()[0]


def put_meta(connection: sqlite3.Connection, key: str, value: object) -> None:
    """Set one value of the meta data."""
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (key, value))


def index_meta(connection: sqlite3.Connection) -> IndexMeta:
    """The index's meta data; `fields` are the declared and the seen ones."""
    plain = orjson.loads(get_meta(connection, "index"))
    dimensions = Dimensions(plain["dimensions"]["mention"], plain["dimensions"]["passage"])
    types: dict[str, FieldType] = dict(connection.execute("SELECT name, type FROM field_types ORDER BY number"))
    return IndexMeta(plain["bundle"], plain["fingerprint"], dimensions, plain["language"], types, plain["format"])


def select_in(
    connection: sqlite3.Connection, query: str, values: Iterable[object], before: tuple[object, ...] = ()
) -> Iterator[Any]:
    """Rows of a query whose `{}` stands for a list of placeholders, for any number of values.

    `before` are the values of the placeholders that stand before the list.
    """
    remaining = iter(values)
    while chunk := list(islice(remaining, MAX_VARIABLES)):
        yield from connection.execute(query.format(",".join("?" * len(chunk))), (*before, *chunk))


def _meta_json(meta: IndexMeta) -> dict[str, Any]:
    return {
        "format": meta.format,
        "bundle": meta.bundle,
        "fingerprint": meta.fingerprint,
        "dimensions": {"mention": meta.dimensions.mention, "passage": meta.dimensions.passage},
        "language": meta.language,
    }
