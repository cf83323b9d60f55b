"""One run of indexing: batches in, documents to the engine, a report at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hybrid.documents import Document, EncodedDocument, MadeBy
from hybrid.encoding.protocol import Encoder
from hybrid.engines.adapting import Call
from hybrid.engines.protocol import AsyncEngine, Revision
from hybrid.errors import InvalidDocument, InvalidInput
from hybrid.indexing.batches import Numbered
from hybrid.indexing.checking import as_document
from hybrid.indexing.encode import encode_documents
from hybrid.indexing.report import IndexReport, RefusedDocument

OnExisting: TypeAlias = Literal["replace", "skip"]
OnError: TypeAlias = Literal["report", "raise"]


@dataclass(slots=True)
class Tally:
    """Counts while a run goes on."""

    documents: int = 0
    passages: int = 0
    mentions: int = 0
    replaced: int = 0
    skipped: int = 0
    changed: int = 0
    refused: list[RefusedDocument] = field(default_factory=list)
    dropped: list[RefusedDocument] = field(default_factory=list)

    def report(self) -> IndexReport:
        """The counts so far, frozen."""
        counts = (self.documents, self.passages, self.mentions, self.replaced, self.skipped)
        return IndexReport(*counts, tuple(self.refused), tuple(self.dropped), self.changed)


class IndexRun:
    """Checks, encodes and writes batches, and keeps count.

    With `on_error="raise"` the run ends with the batch in which a document was refused; the others of that batch are
    written. With `on_existing="skip"` documents whose id is in the index, or came earlier in the run, are passed over.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        encoder: Encoder,
        call: Call,
        *,
        on_existing: OnExisting = "replace",
        on_error: OnError = "report",
    ) -> None:
        """`call` says where documents are checked and encoded."""
        if on_existing not in ("replace", "skip"):
            raise InvalidInput(f"on_existing is {on_existing!r}; expected 'replace' or 'skip'")
        if on_error not in ("report", "raise"):
            raise InvalidInput(f"on_error is {on_error!r}; expected 'report' or 'raise'")
        self.tally = Tally()
        # Of documents that came out of the engine: they are written only where nobody changed them meanwhile.
        self.revisions: dict[str, Revision | None] = {}
        self._engine, self._encoder, self._call = engine, encoder, call
        self._skip, self._raise = on_existing == "skip", on_error == "raise"

    async def process(self, batch: Sequence[Numbered]) -> None:
        """Write one batch.

        Raises:
            InvalidDocument, InvalidFile: the first refused document, where the run is to stop.
        """
        before = len(self.tally.refused)
        documents = await self._call(self._checked, batch)
        if self._skip:
            documents = await self._without_existing(documents)
        encoded, refused, dropped = await self._call(encode_documents, documents, self._encoder)
        self.tally.refused += refused
        self.tally.dropped += dropped
        await self._write(encoded)
        if self._raise and len(self.tally.refused) > before:
            raise _error(min(self.tally.refused[before:], key=lambda entry: entry.position), batch)

    def _checked(self, batch: Sequence[Numbered]) -> list[tuple[int, Document]]:
        documents = []
        for entry in batch:
            try:
                if isinstance(entry.item, InvalidInput):
                    raise entry.item
                documents.append((entry.position, as_document(entry.item)))
            except InvalidInput as error:
                id = error.id if isinstance(error, InvalidDocument) else None
                self.tally.refused.append(RefusedDocument(entry.position, id, str(error)))
        return documents

    async def _without_existing(self, documents: list[tuple[int, Document]]) -> list[tuple[int, Document]]:
        there = await self._engine.existing([document.id for _, document in documents])
        fresh = []
        for position, document in documents:
            if document.id not in there:
                fresh.append((position, document))
                # An id that came earlier in this run is passed over too, whichever batch it was in.
                there.add(document.id)
        self.tally.skipped += len(documents) - len(fresh)
        return fresh

    async def _write(self, encoded: Sequence[tuple[int, EncodedDocument]]) -> None:
        if not encoded:
            return
        # Somebody may have rebuilt the index with another bundle while this batch was encoded.
        made_by = MadeBy(self._encoder.name, self._encoder.fingerprint)
        batch = [document for _, document in encoded]
        revisions = [self.revisions.pop(own.document.id, None) for own in batch] if self.revisions else None
        report = await self._engine.write(batch, made_by, revisions)
        for (position, document), written in zip(encoded, report.items, strict=True):
            if written.status == "refused":
                self.tally.refused.append(RefusedDocument(position, written.id, written.reason or "refused"))
                continue
            if written.status == "changed":
                self.tally.changed += 1
                continue
            self.tally.documents += 1
            self.tally.replaced += written.status == "replaced"
            self.tally.passages += len(document.encoding.passages)
            self.tally.mentions += len(document.encoding.mentions)


def _error(refused: RefusedDocument, batch: Sequence[Numbered]) -> InvalidInput:
    item = next(entry.item for entry in batch if entry.position == refused.position)
    if isinstance(item, InvalidInput):
        return item
    error = InvalidDocument(refused.reason, id=refused.id)
    error.args = (refused.reason,)
    return error
