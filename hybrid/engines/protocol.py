"""What every engine promises, stated once.

Invariants
- A document is visible whole or not at all; writing an id again replaces it with all its mentions.
- Scores: larger is better; they mean the same on every engine. Filters apply before ranking, in every leg.
- `write` and `delete` return when their effect is durable; it can be found after `refresh`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from hybrid.documents import Document, EncodedDocument, Float32, Hits, Leg, MadeBy
from hybrid.encoding.protocol import Dimensions
from hybrid.errors import BundleMismatch, InvalidDocument, shorten
from hybrid.planning.plan import BoundPlan
from hybrid.planning.values import FieldType

FORMAT = 1

# Which state of a document this is: the index that holds it, sequence number and primary term.
Revision: TypeAlias = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class IndexMeta:
    """What an index knows about the bundle that made it."""

    bundle: str
    fingerprint: str
    dimensions: Dimensions
    language: Literal["english", "none"] = "english"
    fields: Mapping[str, FieldType] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def made_by(self) -> MadeBy:
        """The bundle of the vectors in the index."""
        return MadeBy(self.bundle, self.fingerprint)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an index is: the engine that keeps it, and the target that opens it, without user and password.

    Where a client of the user's was given in place of a target, `target` is the index's name.
    """

    engine: Literal["embedded", "opensearch"]
    target: str

    @property
    def name(self) -> str:
        """The target's last part."""
        return self.target.replace("\\", "/").rstrip("/").rpartition("/")[2]


def check_bundle(meta: IndexMeta, made_by: MadeBy) -> None:
    """Refuse vectors of another bundle than the index's: they would lie in another space.

    Raises:
        BundleMismatch: both are named.
    """
    bundle, fingerprint = made_by
    if fingerprint != meta.fingerprint:
        raise BundleMismatch(
            f"the index was made by bundle {shorten(meta.bundle)} with fingerprint {meta.fingerprint}, the encoder is "
            f"{shorten(bundle)} with {fingerprint}; pass the bundle that made it, or open with "
            "encoder=False and rebuild"
        )


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one document of a batch; `changed` where it is not of the revision any more that was asked for."""

    id: str
    status: Literal["written", "replaced", "refused", "changed"]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """A document that waits to be encoded.

    `given` has the keys of a `Document`, not checked, or is why there is nothing to encode; `revision` is None where
    one writer alone can change it.
    """

    id: str
    given: Mapping[str, Any] | InvalidDocument
    revision: Revision | None = None


@dataclass(frozen=True, slots=True)
class WriteReport:
    """One entry a document, in the order of the batch."""

    items: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of what can be found, and the bytes on disk."""

    documents: int
    passages: int
    mentions: int
    pending: int
    bytes: int


@dataclass(frozen=True, slots=True, eq=False)
class Centroid:
    """The mean of an index's vectors of one kind, float32 [d], not of unit length, and how many of them it holds.

    Where there are many the mean is that of a sample.
    """

    mean: Float32
    count: int


class Engine(Protocol):
    """Writes, deletes, gets, searches, counts, scans, rebuilds."""

    @property
    def meta(self) -> IndexMeta:
        """Bundle, dimensions, language; `fields` are the declared and the seen ones with their types."""
        ...

    @property
    def place(self) -> Place:
        """Where the index is."""
        ...

    @property
    def cheap_refresh(self) -> bool:
        """Whether `refresh` is cheap enough to follow every batch, so that a long run can be searched as it grows."""
        ...

    def write(
        self,
        batch: Sequence[EncodedDocument],
        made_by: MadeBy | None = None,
        revisions: Sequence[Revision | None] | None = None,
    ) -> WriteReport:
        """Write or replace; a document that does not fit is refused with its reason and the rest goes on.

        `made_by` is the bundle of the vectors: where the index is another's by now, nothing is written
        (BundleMismatch). None: the one that the index is known to have. `revisions` has an entry for each document:
        one that is not of that revision any more is left as it is. None writes it whatever is there.
        """
        ...

    def delete(self, ids: Sequence[str]) -> int:
        """Delete; ids that are not there are passed over. Returns how many documents went."""
        ...

    def get(self, ids: Sequence[str]) -> list[Document | None]:
        """Documents in the order of `ids`, None where there is none; with all their mentions, without vectors."""
        ...

    def existing(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids are there."""
        ...

    def search(self, plan: BoundPlan) -> Hits:
        """Run a plan."""
        ...

    def console(self, plan: BoundPlan, *, neural: bool = False) -> str:
        """The one request that `search` ranks with, as Dev Tools of OpenSearch Dashboards takes it.

        `neural`: with words in place of vectors, which the server has encoded by the service that it was set up with.
        """
        ...

    def scan(self, *, pending: bool = False) -> Iterator[EncodedDocument]:
        """Everything, with vectors, for an export; `pending` gives only what waits to be encoded."""
        ...

    def pending(self) -> Iterator[Pending]:
        """Every document that waits to be encoded: it came past the library, through an ingest pipeline."""
        ...

    def documents(self) -> Iterator[Document]:
        """Every document as it was given, for a rebuild: given mentions are there, of detected ones there are none."""
        ...

    def statistics(self, *, max_age: float = 0.0) -> Statistics:
        """Counts and bytes, and `meta` with them; an engine that must ask for them may remember them `max_age` s."""
        ...

    def centroids(self, *, max_age: float = 0.0) -> Mapping[Leg, Centroid]:
        """The mean of mentions (`typed`) and of passages (`dense`), those left out of which there are none.

        An engine that must ask for them may remember them `max_age` s.
        """
        ...

    def rebuild(self, meta: IndexMeta) -> AbstractContextManager[Engine]:
        """An empty engine to write into; leaving the block without an error swaps it in."""
        ...

    def refresh(self) -> None:
        """Make everything committed so far, by any process, findable."""
        ...

    def close(self) -> None:
        """Release files, locks and connections; closing twice is allowed."""
        ...


class AsyncEngine(Protocol):
    """`Engine`, awaited: the same names, arguments and answers."""

    @property
    def meta(self) -> IndexMeta:
        """`Engine.meta`, as of the last look."""
        ...

    @property
    def place(self) -> Place:
        """`Engine.place`."""
        ...

    @property
    def cheap_refresh(self) -> bool:
        """`Engine.cheap_refresh`."""
        ...

    async def write(
        self,
        batch: Sequence[EncodedDocument],
        made_by: MadeBy | None = None,
        revisions: Sequence[Revision | None] | None = None,
    ) -> WriteReport:
        """`Engine.write`."""
        ...

    async def delete(self, ids: Sequence[str]) -> int:
        """`Engine.delete`."""
        ...

    async def get(self, ids: Sequence[str]) -> list[Document | None]:
        """`Engine.get`."""
        ...

    async def existing(self, ids: Sequence[str]) -> set[str]:
        """`Engine.existing`."""
        ...

    async def search(self, plan: BoundPlan) -> Hits:
        """`Engine.search`."""
        ...

    async def console(self, plan: BoundPlan, *, neural: bool = False) -> str:
        """`Engine.console`."""
        ...

    def scan(self, *, pending: bool = False) -> AsyncIterator[EncodedDocument]:
        """`Engine.scan`."""
        ...

    def pending(self) -> AsyncIterator[Pending]:
        """`Engine.pending`."""
        ...

    def documents(self) -> AsyncIterator[Document]:
        """`Engine.documents`."""
        ...

    async def statistics(self, *, max_age: float = 0.0) -> Statistics:
        """`Engine.statistics`."""
        ...

    async def centroids(self, *, max_age: float = 0.0) -> Mapping[Leg, Centroid]:
        """`Engine.centroids`."""
        ...

    def rebuild(self, meta: IndexMeta) -> AbstractAsyncContextManager[AsyncEngine]:
        """`Engine.rebuild`."""
        ...

    async def refresh(self) -> None:
        """`Engine.refresh`."""
        ...

    async def close(self) -> None:
        """`Engine.close`."""
        ...
