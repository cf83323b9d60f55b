"""The inverted index: BM25 by tantivy over tokens that were made in Python.

tantivy computes Lucene's formula (k1 1.2, b 0.75, lengths quantised to a byte) with the factor k1 + 1 that Lucene has
dropped since version 8: scores are divided by 2.2. Its query parser is never used.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import tantivy

from hybrid.engines.embedded.analysis import Analyzer
from hybrid.engines.embedded.catalog import Catalog, Int64, Mask
from hybrid.engines.embedded.storage import tantivy_errors
from hybrid.fusion import RankedList

K1_PLUS_1 = 2.2
FOLDER = "lexical"
LOCKS = (".tantivy-meta.lock", ".tantivy-writer.lock")


def schema() -> Any:
    """`seq`, the document's number, and `text`, tokens joined by spaces; positions are not kept."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("seq", indexed=True, fast=True)
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def content(title: str | None, text: str) -> str:
    """What the lexical leg reads: title and text are one field with one length."""
    return text if title is None else f"{title}\n{text}"


class LexicalReader:
    """Opens tantivy's folder once; `view` gives what is committed now."""

    def __init__(self, folder: Path, analyzer: Analyzer) -> None:
        self._folder, self._analyzer = folder, analyzer
        self._mirror: tempfile.TemporaryDirectory[str] | None = None
        if not writable(folder):
            self._mirror = tempfile.TemporaryDirectory(prefix="hybrid-", ignore_cleanup_errors=True)
        try:
            with tantivy_errors(folder):
                self._mirrored()
                self._index = tantivy.Index.open(self._mirror.name if self._mirror is not None else str(folder))
                # Otherwise tantivy looks for commits by itself, at moments of its own.
                self._index.config_reader("manual")
        except BaseException:
            self.close()
            raise

    def view(self) -> LexicalView:
        """An unchanging view of the latest commit."""
        with tantivy_errors(self._folder):
            self._mirrored()
            self._index.reload()
            return LexicalView(self._index.searcher(), self._index.schema, self._analyzer)

    def close(self) -> None:
        """Remove what was made for reading."""
        if self._mirror is not None:
            self._mirror.cleanup()

    def _mirrored(self) -> None:
        """tantivy makes a lock file even to read; where it may not, it reads through links in a folder of our own."""
        if self._mirror is None:
            return
        mirror = Path(self._mirror.name)
        for link in mirror.iterdir():
            link.unlink()
        for file in self._folder.iterdir():
            if file.name not in LOCKS:
                (mirror / file.name).symlink_to(file.absolute())


class LexicalView:
    """Searches one commit; may be shared between threads."""

    def __init__(self, searcher: Any, schema: Any, analyzer: Analyzer) -> None:
        self._searcher, self._schema, self._analyzer = searcher, schema, analyzer

    @property
    def documents(self) -> int:
        """How many documents tantivy has, those of no version of the store included."""
        return int(self._searcher.num_docs)

    def ranked(self, words: str, limit: int, allowed: Mask | None, catalog: Catalog) -> RankedList:
        """The first `limit` allowed documents by falling score.

        Args:
            words: any of them may match; one that stands twice counts twice.
            limit: how many documents.
            allowed: bool [catalog.size], documents that pass the filter, all of them in the catalog's `with_words`;
                None for no filter.
            catalog: tells which documents are there.
        """
        query = self._query(words)
        count = catalog.with_words_count if allowed is None else int(np.count_nonzero(allowed))
        if query is None or not count:
            return RankedList(np.zeros(0, np.int64), np.zeros(0))
        if allowed is None:
            if count == self.documents:
                return self._first(query, limit)
            allowed = catalog.with_words
        fetch = -(-limit * self.documents // count)
        if count < fetch:
            return self._first(self._among(query, np.flatnonzero(allowed)), limit)
        while True:
            found = self._first(query, fetch)
            kept = _allowed(found, allowed)
            if len(kept.documents) >= limit or len(found.documents) < fetch:
                return RankedList(kept.documents[:limit], kept.scores[:limit])
            fetch *= 3

    def _query(self, words: str) -> Any:
        tokens = self._analyzer(words)
        terms = [tantivy.Query.term_query(self._schema, "text", token, index_option="freq") for token in tokens]
        if len(terms) < 2:
            return terms[0] if terms else None
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])

    def _among(self, query: Any, documents: Int64) -> Any:
        """The query over these documents alone, at the same scores."""
        among = tantivy.Query.term_set_query(self._schema, "seq", documents.tolist())
        silent = tantivy.Query.const_score_query(among, 0.0)
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, silent)])

    def _first(self, query: Any, limit: int) -> RankedList:
        hits = self._searcher.search(query, limit=limit, count=False).hits
        if not hits:
            return RankedList(np.zeros(0, np.int64), np.zeros(0))
        scores, addresses = zip(*hits, strict=True)
        documents = self._searcher.fast_field_values("seq", list(addresses))
        return RankedList(np.array(documents, dtype=np.int64), np.array(scores) / K1_PLUS_1)


class LexicalWriter:
    """tantivy's one writer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with tantivy_errors(folder):
            self._schema = schema()
            self._index = tantivy.Index.open(str(folder))
            # One thread: one segment a commit. More threads make more and smaller segments.
            self._writer = self._index.writer(64_000_000, 1)
            # A commit that failed leaves files in the way of the next one: their names say which commit they are of.
            self._writer.garbage_collect_files()

    def add(self, seq: int, tokens: list[str]) -> None:
        """Add one document's tokens."""
        document = tantivy.Document()
        document.add_unsigned("seq", seq)
        document.add_text("text", " ".join(tokens))
        with tantivy_errors(self._folder):
            self._writer.add_document(document)

    def delete(self, documents: list[int]) -> None:
        """Delete by number."""
        if documents:
            with tantivy_errors(self._folder):
                self._writer.delete_documents_by_query(tantivy.Query.term_set_query(self._schema, "seq", documents))

    def delete_from(self, seq: int) -> None:
        """Delete what was added under this number or a later one by a batch that was never committed."""
        with tantivy_errors(self._folder):
            numbers = tantivy.FieldType.Unsigned
            self._writer.delete_documents_by_query(
                tantivy.Query.range_query(self._schema, "seq", numbers, lower_bound=seq)
            )

    def commit(self) -> None:
        """Make it durable."""
        with tantivy_errors(self._folder):
            self._writer.commit()

    def counts(self, seq: int) -> tuple[int, int]:
        """How many documents are committed, and how many of them under the number `seq` or a later one."""
        with tantivy_errors(self._folder):
            self._index.reload()
            searcher = self._index.searcher()
            numbers = tantivy.FieldType.Unsigned
            later = tantivy.Query.range_query(self._schema, "seq", numbers, lower_bound=seq)
            return int(searcher.num_docs), int(searcher.search(later, limit=1).count)

    def close(self) -> None:
        """Finish merges and release the lock."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with tantivy_errors(self._folder):
                writer.wait_merging_threads()


def create_lexical(folder: Path) -> None:
    """An empty inverted index."""
    folder.mkdir(parents=True, exist_ok=True)
    with tantivy_errors(folder):
        tantivy.Index(schema(), path=str(folder))


def writable(folder: Path) -> bool:
    """Whether a file can be made in a folder and tantivy's locks can be opened."""
    locks = [folder / name for name in LOCKS]
    return os.access(folder, os.W_OK) and all(os.access(lock, os.W_OK) for lock in locks if lock.exists())


def _allowed(found: RankedList, allowed: Mask) -> RankedList:
    """Without documents of a batch that is not committed (numbers beyond the mask) and those that are not allowed."""
    known = found.documents < len(allowed)
    kept = known & allowed[np.where(known, found.documents, 0)]
    return RankedList(found.documents[kept], found.scores[kept])
