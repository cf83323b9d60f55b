"""The one writer of a generation.

A batch in order: vectors written and synced, tokens committed by tantivy, then the store's commit. Killed before that
commit nothing of the batch counts; after it everything does. Deletions reach tantivy with the commit of the next batch
or at the end: until then searches leave such documents out by themselves.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import orjson

from hybrid.documents import EncodedDocument
from hybrid.engines.accepting import Accepted, accept, values_of
from hybrid.engines.embedded.analysis import Analyzer
from hybrid.engines.embedded.catalog import PENDING, WORDS, Catalog, load_catalog, pack_counts
from hybrid.engines.embedded.generation import fill_lexical
from hybrid.engines.embedded.lexical import FOLDER, LexicalWriter, content
from hybrid.engines.embedded.records import COLUMNS, SPAN, Record, from_row, to_row
from hybrid.engines.embedded.storage import storage_errors
from hybrid.engines.embedded.store import (
    connect_writer,
    get_meta,
    index_meta,
    put_meta,
    select_in,
    transaction,
)
from hybrid.engines.embedded.vectors import BYTES, MENTIONS, PASSAGES, VectorWriter
from hybrid.engines.protocol import IndexMeta, WriteReport, Written
from hybrid.errors import HybridError, IndexDamaged, InvalidDocument
from hybrid.planning.values import FieldType

# Vectors of deleted documents are given up when they take more room than this and than those that count.
WASTE = 64 * 2**20


class Writer:
    """Holds the files open for writing; the caller holds the index's lock.

    After an error the writer must be closed and another one made: it finds the last commit again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with storage_errors(folder), ExitStack() as undo:
            self._store = connect_writer(folder)
            undo.callback(self._store.close)
            self._meta = index_meta(self._store)
            self._analyzer = Analyzer(self._meta.language)
            # Deleted documents that tantivy still has, and the version up to which it has none.
            self._purged: int = get_meta(self._store, "purged")
            self._doomed: list[int] = self._deleted_since(self._purged)
            self.types: dict[str, FieldType] = dict(self._meta.fields)
            self._mentions = self._vectors(MENTIONS, "mention_rows", self._meta.dimensions.mention)
            undo.callback(self._mentions.close)
            self._passages = self._vectors(PASSAGES, "passage_rows", self._meta.dimensions.passage or 0)
            undo.callback(self._passages.close)
            catalog = load_catalog(self._store, get_meta(self._store, "version"))
            self._dead = int(catalog.mention_rows.counts[~catalog.live].sum())
            self._lexical = self._reconciled(catalog)
            undo.pop_all()

    @property
    def meta(self) -> IndexMeta:
        """The index's meta data with the fields seen so far."""
        meta = self._meta
        return IndexMeta(meta.bundle, meta.fingerprint, meta.dimensions, meta.language, dict(self.types), meta.format)

    def write(self, batch: Sequence[EncodedDocument]) -> WriteReport:
        """Write a batch in one transaction; of equal ids the last accepted one stays.

        Raises:
            StorageError, IndexDamaged: nothing of the batch was kept.
        """
        types = dict(self.types)
        accepted: list[Accepted] = []
        items: list[Written] = []
        with storage_errors(self._folder):
            known = self._numbers([encoded.document.id for encoded in batch])
        seen = set(known)
        for encoded in batch:
            try:
                accepted.append(accept(encoded, self._meta, types))
            except InvalidDocument as error:
                items.append(Written(encoded.document.id, "refused", str(error)))
                continue
            id = encoded.document.id
            items.append(Written(id, "replaced" if id in seen else "written"))
            seen.add(id)
        last = list({entry.encoded.document.id: entry for entry in accepted}.values())
        if last:
            with storage_errors(self._folder):
                self._commit(last, [known[id] for entry in last if (id := entry.encoded.document.id) in known], types)
        return WriteReport(tuple(items))

    def delete(self, ids: Sequence[str]) -> int:
        """Delete in one transaction; returns how many there were."""
        with storage_errors(self._folder):
            doomed = list(self._numbers(ids).values())
            if doomed:
                with transaction(self._store):
                    self._remove(doomed, self._next_version())
                    put_meta(self._store, "purged", self._purged)
                self._doomed += doomed
        return len(doomed)

    @property
    def wasteful(self) -> bool:
        """Whether a copy without the vectors of deleted documents is worth its time."""
        live = self._mentions.rows - self._dead
        return self._dead > live and self._dead * self._meta.dimensions.mention * BYTES > WASTE

    def records(self, ids: Sequence[str]) -> dict[str, Record]:
        """Records as of the last commit, by id."""
        with storage_errors(self._folder):
            rows = select_in(self._store, f"SELECT {COLUMNS} FROM documents WHERE id IN ({{}})", ids)
            return {row[1]: from_row(row) for row in rows}

    def existing(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids are there as of the last commit."""
        with storage_errors(self._folder):
            return set(self._numbers(ids))

    def close(self) -> None:
        """Hand late deletions to tantivy and close the files; what fails here is done by the next writer."""
        with suppress(HybridError, OSError, sqlite3.Error):
            if self._doomed:
                self._lexical.delete(self._doomed)
                self._lexical.commit()
                with transaction(self._store):
                    put_meta(self._store, "purged", get_meta(self._store, "version"))
        self.abandon()

    def abandon(self) -> None:
        """Close the files and give up what is not committed."""
        rows: list[int] = []
        with suppress(sqlite3.Error):
            rows = [get_meta(self._store, key) for key in ("mention_rows", "passage_rows")]
        for vectors, committed in zip((self._mentions, self._passages), rows, strict=False):
            with suppress(OSError):
                vectors.cut(committed)
        for vectors in (self._mentions, self._passages):
            vectors.close()
        with suppress(HybridError):
            self._lexical.close()
        with suppress(sqlite3.Error):
            self._store.close()

    def _commit(self, batch: list[Accepted], replaced: list[int], types: dict[str, FieldType]) -> None:
        first = get_meta(self._store, "documents")
        self._mentions.append([entry.encoded.encoding.mention_vectors for entry in batch])
        passages = [entry.encoded.encoding.passage_vectors for entry in batch]
        self._passages.append([vectors for vectors in passages if vectors is not None])
        flags = self._add_words(first, batch)
        with transaction(self._store):
            version = self._next_version()
            self._remove(replaced, version)
            self._insert(first, batch, types, flags)
            put_meta(self._store, "documents", first + len(batch))
            put_meta(self._store, "mention_rows", self._mentions.rows)
            put_meta(self._store, "passage_rows", self._passages.rows)
            put_meta(self._store, "purged", self._purged)
        self.types = types
        self._doomed += replaced

    def _add_words(self, first: int, batch: list[Accepted]) -> list[int]:
        """Add the batch to tantivy with the deletions of batches before it; returns each document's flags."""
        flags = []
        for seq, entry in enumerate(batch, first):
            document = entry.encoded.document
            tokens = self._analyzer(content(document.title, document.text))
            if tokens:
                self._lexical.add(seq, tokens)
            pending = entry.encoded.mentions_from == "pending"
            flags.append((WORDS if tokens else 0) | (PENDING if pending else 0))
        self._lexical.delete(self._doomed)
        self._lexical.commit()
        self._doomed, self._purged = [], get_meta(self._store, "version")
        return flags

    def _insert(self, first: int, batch: list[Accepted], types: dict[str, FieldType], flags: list[int]) -> None:
        new = [(name, kind) for name, kind in types.items() if name not in self.types]
        self._store.executemany("INSERT INTO field_types(name, type) VALUES (?, ?)", new)
        numbers = dict(self._store.execute("SELECT name, number FROM field_types"))
        rows = [to_row(seq, entry.encoded, entry.fields) for seq, entry in enumerate(batch, first)]
        self._store.executemany(f"INSERT INTO documents({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._store.executemany(
            "INSERT OR IGNORE INTO field_values(field, value, seq) VALUES (?, ?, ?)",
            (
                (numbers[name], value, seq)
                for seq, entry in enumerate(batch, first)
                for name, value in values_of(entry.fields)
            ),
        )
        encodings = [entry.encoded.encoding for entry in batch]
        self._store.execute(
            "INSERT INTO batches(first, mention_rows, passage_rows, passages, flags) VALUES (?, ?, ?, ?, ?)",
            (
                first,
                pack_counts(len(encoding.mentions) for encoding in encodings),
                pack_counts(
                    0 if encoding.passage_vectors is None else len(encoding.passage_vectors) for encoding in encodings
                ),
                pack_counts(len(encoding.passages) for encoding in encodings),
                bytes(flags),
            ),
        )

    def _remove(self, documents: list[int], version: int) -> None:
        query = "SELECT seq, fields, length(mentions) FROM documents WHERE seq IN ({})"
        gone = list(select_in(self._store, query, documents))
        numbers = dict(self._store.execute("SELECT name, number FROM field_types"))
        self._store.executemany(
            "DELETE FROM field_values WHERE field = ? AND value = ? AND seq = ?",
            (
                (numbers[name], value, seq)
                for seq, text, _ in gone
                if text
                for name, value in values_of(orjson.loads(text))
            ),
        )
        self._dead += sum(length for _, _, length in gone) // SPAN.itemsize
        self._store.executemany("DELETE FROM documents WHERE seq = ?", [(seq,) for seq in documents])
        self._store.executemany(
            "INSERT INTO deleted(seq, version) VALUES (?, ?)", [(seq, version) for seq in documents]
        )

    def _next_version(self) -> int:
        version: int = get_meta(self._store, "version") + 1
        put_meta(self._store, "version", version)
        return version

    def _numbers(self, ids: Sequence[str]) -> dict[str, int]:
        return dict(select_in(self._store, "SELECT id, seq FROM documents WHERE id IN ({})", ids))

    def _deleted_since(self, version: int) -> list[int]:
        return [seq for (seq,) in self._store.execute("SELECT seq FROM deleted WHERE version > ?", (version,))]

    def _vectors(self, name: str, key: str, width: int) -> VectorWriter:
        rows = get_meta(self._store, key)
        path = self._folder / name
        size = path.stat().st_size
        if size < rows * width * BYTES:
            raise IndexDamaged(f"{path}: {size:,} bytes were found; expected at least {rows * width * BYTES:,}")
        return VectorWriter(path, rows, width)

    def _reconciled(self, catalog: Catalog) -> LexicalWriter:
        """tantivy with exactly the store's documents: what a killed writer left too much goes, or all is made anew."""
        documents, expected, lexical = catalog.size, catalog.with_words_count, None
        with suppress(IndexDamaged):
            lexical = LexicalWriter(self._folder / FOLDER)
            if lexical.counts(documents) == (expected, 0):
                return lexical
            lexical.delete_from(documents)
            lexical.delete(self._doomed)
            lexical.commit()
            if lexical.counts(documents) == (expected, 0):
                return lexical
        if lexical is not None:
            lexical.close()
        return self._made_anew()

    def _made_anew(self) -> LexicalWriter:
        folder, fresh = self._folder / FOLDER, self._folder / f"{FOLDER}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fill_lexical(fresh, self._store, self._analyzer)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
        return LexicalWriter(folder)
