"""The engine on OpenSearch, with a face that blocks and one that is awaited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

from hybrid.documents import Document, EncodedDocument, Hits, Leg, MadeBy
from hybrid.engines.adapting import finish, finish_each
from hybrid.engines.opensearch.index import Index
from hybrid.engines.opensearch.server import Server
from hybrid.engines.protocol import Centroid, IndexMeta, Pending, Place, Revision, Statistics, WriteReport
from hybrid.planning.plan import BoundPlan


class OpenSearchEngine:
    """Implements `hybrid.engines.protocol.Engine` on an index of an OpenSearch cluster.

    `search`, `get` and `scan` may run in several threads; writes wait for each other.
    """

    cheap_refresh = Index.cheap_refresh

    def __init__(self, index: Index) -> None:
        self._index = index

    @classmethod
    def create(cls, server: Server, name: str, meta: IndexMeta, settings: Mapping[str, Any]) -> Self:
        """See `Index.create`; closes the server where it fails."""
        return cls(finish(created(server, name, meta, settings)))

    @classmethod
    def open(cls, server: Server, name: str) -> Self:
        """See `Index.open`; closes the server where it fails."""
        return cls(finish(opened(server, name)))

    @property
    def meta(self) -> IndexMeta:
        """See `Index.meta`."""
        return self._index.meta

    @property
    def place(self) -> Place:
        """See `Index.place`."""
        return self._index.place

    def write(
        self,
        batch: Sequence[EncodedDocument],
        made_by: MadeBy | None = None,
        revisions: Sequence[Revision | None] | None = None,
    ) -> WriteReport:
        """See `Index.write`."""
        return finish(self._index.write(batch, made_by, revisions))

    def delete(self, ids: Sequence[str]) -> int:
        """See `Index.delete`."""
        return finish(self._index.delete(ids))

    def get(self, ids: Sequence[str]) -> list[Document | None]:
        """See `Index.get`."""
        return finish(self._index.get(ids))

    def existing(self, ids: Sequence[str]) -> set[str]:
        """See `Index.existing`."""
        return finish(self._index.existing(ids))

    def search(self, plan: BoundPlan) -> Hits:
        """See `Index.search`."""
        return finish(self._index.search(plan))

    def console(self, plan: BoundPlan, *, neural: bool = False) -> str:
        """See `Index.console`."""
        return finish(self._index.console(plan, neural=neural))

    def scan(self, *, pending: bool = False) -> Iterator[EncodedDocument]:
        """See `Index.scan`."""
        return finish_each(self._index.scan(pending=pending))

    def pending(self) -> Iterator[Pending]:
        """See `Index.pending`."""
        return finish_each(self._index.pending())

    def documents(self) -> Iterator[Document]:
        """See `Index.documents`."""
        return finish_each(self._index.documents())

    def statistics(self, *, max_age: float = 0.0) -> Statistics:
        """See `Index.statistics`."""
        return finish(self._index.statistics(max_age=max_age))

    def centroids(self, *, max_age: float = 0.0) -> Mapping[Leg, Centroid]:
        """See `Index.centroids`."""
        return finish(self._index.centroids(max_age=max_age))

    @contextmanager
    def rebuild(self, meta: IndexMeta) -> Iterator[OpenSearchEngine]:
        """See `Index.rebuild`."""
        block = self._index.rebuild(meta)
        fresh = finish(block.__aenter__())
        try:
            yield OpenSearchEngine(fresh)
        except BaseException as error:
            finish(block.__aexit__(type(error), error, error.__traceback__))
            raise
        finish(block.__aexit__(None, None, None))

    def refresh(self) -> None:
        """See `Index.refresh`."""
        finish(self._index.refresh())

    def close(self) -> None:
        """See `Index.close`."""
        finish(self._index.close())


async def opened(server: Server, name: str) -> Index:
    """An index that is there; the version is asked once, here.

    Warns:
        UserWarning: the server's version was not tested.

    Raises:
        IndexNotFound, IndexStateError, IndexFormatError, ServerError, AccessDenied: the server is closed then.
    """
    try:
        return await Index.open(server, name, await server.version())
    except BaseException:
        await server.transport.close()
        raise


async def created(server: Server, name: str, meta: IndexMeta, settings: Mapping[str, Any]) -> Index:
    """A new index.

    Warns:
        UserWarning: the server's version was not tested.

    Raises:
        IndexExists, ServerError, AccessDenied: the server is closed then.
    """
    try:
        return await Index.create(server, name, await server.version(), meta, settings)
    except BaseException:
        await server.transport.close()
        raise
