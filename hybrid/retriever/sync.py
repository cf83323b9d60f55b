"""The synchronous face of an index: what it does stands in `core.py`, and here what it promises."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from hybrid.documents import Document, Hits
from hybrid.encoding.protocol import Encoder
from hybrid.engines.adapting import Adapted, finish, here
from hybrid.engines.protocol import Engine, IndexMeta, Place, Statistics
from hybrid.indexing.batches import BATCH_DOCUMENTS, Item
from hybrid.indexing.progress import OnProgress
from hybrid.indexing.report import IndexReport
from hybrid.indexing.run import OnError, OnExisting
from hybrid.planning.plan import Plan
from hybrid.retriever.asking import Asked
from hybrid.retriever.core import Core, checked_ids
from hybrid.retriever.opening import EncoderLike, as_encoder, fitting_encoder, new_meta

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

Target: TypeAlias = str | os.PathLike[str]


class Retriever:
    """An index that answers which texts mention an entity of a kind given in words.

    Made by `Retriever.create` or `Retriever.open`; a context manager. `find` may be called from several threads.
    """

    def __init__(self, engine: Engine, encoder: Encoder | None) -> None:
        self._engine = engine
        self._core = Core(Adapted(engine, here), encoder, here)

    @classmethod
    def create(
        cls,
        target: Target | None = None,
        *,
        client: OpenSearch | None = None,
        index: str | None = None,
        encoder: EncoderLike = "minilm",
        fields: Mapping[str, type | str] | None = None,
        language: Literal["english", "none"] = "english",
        settings: Mapping[str, Any] | None = None,
    ) -> Self:
        """Make a new index.

        Args:
            target: a folder, new or empty; or `opensearch://host:9200/index` (`opensearch+https://` with TLS), with
                credentials from the environment. `hybrid.engines.opensearch.access` says which variables are read.
            client: in place of a target, a client of opensearch-py, which the caller closes; `index` is then the name.
            index: the index's name, where a client is given.
            encoder: a shipped bundle's name, a bundle's folder, or an `Encoder`.
            fields: types of fields that shall not be taken from the first value: str, int, float, bool, date, datetime.
            language: `english` stems words for the lexical leg, `none` leaves them as they are.
            settings: settings of the index on OpenSearch without the prefix `index.`: `{"number_of_shards": 3}`.

        Raises:
            IndexExists: something is there already; `open` it.
            BundleError, StorageError, MissingExtra, InvalidInput, ServerError.
        """
        from hybrid.engines.factory import create_engine

        chosen = as_encoder(encoder)
        meta = new_meta(chosen, fields, language)
        return cls(create_engine(target, meta, client=client, index=index, settings=settings), chosen)

    @classmethod
    def open(
        cls,
        target: Target | None = None,
        *,
        client: OpenSearch | None = None,
        index: str | None = None,
        encoder: EncoderLike | Literal[False] | None = None,
    ) -> Self:
        """Open an index that is there.

        Args:
            target: a folder, or an index on OpenSearch; see `create`.
            client: in place of a target, a client of opensearch-py, which the caller closes; `index` is then the name.
            index: the index's name, where a client is given.
            encoder: None finds the shipped bundle that the index names; a name, a folder or an `Encoder` must have the
                index's fingerprint; False opens without one, for the lexical leg, get, count, info and rebuild.

        Raises:
            IndexNotFound: nothing is there, or it is not ours.
            BundleMismatch: the index was made by another bundle; both are named.
            BundleError: the bundle that the index names does not ship; pass `encoder=`.
            IndexFormatError, IndexDamaged, MissingExtra, ServerError.
        """
        from hybrid.engines.factory import open_engine

        engine = open_engine(target, client=client, index=index)
        try:
            return cls(engine, None if encoder is False else fitting_encoder(engine.meta, encoder))
        except BaseException:
            engine.close()
            raise

    @property
    def meta(self) -> IndexMeta:
        """Bundle, fingerprint, dimensions, language, and the fields with their types."""
        return self._engine.meta

    @property
    def place(self) -> Place:
        """Which engine keeps the index, and the target that opens it, without user and password."""
        return self._engine.place

    @property
    def encoder(self) -> Encoder | None:
        """The encoder; None where the index was opened without one."""
        return self._core.questions.encoder

    def index(
        self,
        documents: Iterable[Item],
        *,
        on_existing: OnExisting = "replace",
        on_error: OnError = "report",
        refresh: bool = True,
        progress: bool | OnProgress | None = None,
        batch_size: int = BATCH_DOCUMENTS,
    ) -> IndexReport:
        """Index a stream of documents, batch by batch; each batch is durable when the next begins.

        Args:
            documents: `Document`s, mappings with their attributes, or texts (id: hash of the content).
            on_existing: `replace` a document of the same id whole, or `skip` it (to resume a run that was cut off).
            on_error: `report` refused documents and go on, or `raise` at the end of the first one's batch.
            refresh: documents can be found at the end of the run, in a folder as soon as their batch is written; False
                leaves that to `refresh()`.
            progress: a function of the report so far, True or False; None shows a line where stderr is a terminal.
            batch_size: documents encoded and committed together.

        Raises:
            InvalidInput: a refused document with `on_error="raise"`.
            BundleMismatch: the index was rebuilt with another bundle meanwhile.
            ServerUnavailable: the server stayed away; says how much of the last batch was done.
            IndexLocked, IndexNotFound, StorageError, ServerError, AccessDenied, EncoderError.
        """
        return finish(self._core.index(documents, on_existing, on_error, refresh, progress, batch_size))

    def delete(self, ids: str | Iterable[str], *, refresh: bool = True) -> int:
        """Delete documents by id; returns how many there were. Ids that are not there are passed over.

        Raises:
            IndexLocked, IndexNotFound, StorageError, ServerError, AccessDenied, InvalidInput.
        """
        return finish(self._core.delete(ids, refresh))

    def get(self, ids: str | Iterable[str]) -> list[Document | None]:
        """Documents in the order of `ids` with their mentions, None where there is none; dates are strings."""
        return self._engine.get(checked_ids(ids))

    def count(self) -> int:
        """How many documents can be found."""
        return self._engine.statistics().documents

    def statistics(self) -> Statistics:
        """Documents, passages, mentions, pending documents, bytes."""
        return self._engine.statistics()

    def plan(
        self,
        type: str,
        *,
        about: str | None = None,
        where: Mapping[str, Any] | None = None,
        k: int = 10,
        offset: int = 0,
        how: str = "auto",
        depth: int | None = None,
        exact: bool = False,
        mentions: int = 3,
    ) -> Plan:
        """What `find` would run, and why; nothing runs. The arguments are those of `find`.

        Raises:
            InvalidQuery, InvalidHow, InvalidFilter.
        """
        return finish(self._core.plan(Asked(type, about, where, k, offset, how, depth, exact, mentions)))

    def find(
        self,
        type: str,
        *,
        about: str | None = None,
        where: Mapping[str, Any] | None = None,
        k: int = 10,
        offset: int = 0,
        how: str = "auto",
        depth: int | None = None,
        exact: bool = False,
        mentions: int = 3,
        text: bool = True,
        explain: bool = False,
    ) -> Hits:
        """Texts that mention an entity of a kind.

        Args:
            type: the kind of entity in words: "political party".
            about: what else the text is about, in free words; read by the lexical and the dense leg.
            where: a filter on fields, applied before ranking: `{"year": {">=": 1970}, "lang": ["de", "en"]}`.
            k: how many hits; offset: how many to pass over.
            how: `auto`, a leg (`lexical`, `typed`, `dense`), or a fusion: `min_max(typed=1, dense=.2, lexical=.3)`;
                behind it `; centring=.5` if that share of the index's mean shall be taken off the question's vectors,
                and not the bundle's.
            depth: how many documents each leg hands to the fusion; default 1,000, or 2 (offset + k) where that is more.
            exact: score every vector (an engine may otherwise use an approximate index).
            mentions: how many matches a hit carries, 0 to 100.
            text: whether hits carry the document's text.
            explain: whether hits carry each leg's rank and the fusion's arithmetic.

        Raises:
            InvalidQuery, InvalidHow, InvalidFilter, EncoderError.
        """
        plan = self.plan(
            type,
            about=about,
            where=where,
            k=k,
            offset=offset,
            how=how,
            depth=depth,
            exact=exact,
            mentions=mentions,
        )
        return self.run(plan, text=text, explain=explain)

    def run(self, plan: Plan, *, text: bool = True, explain: bool = False) -> Hits:
        """Run a plan that `plan` made, or that was read back from JSON.

        Raises:
            InvalidFilter: the plan's filter does not fit the fields of this index.
            InvalidQuery: a leg that this index cannot run.
        """
        return finish(self._core.run(plan, text, explain))

    def console(self, plan: Plan, *, neural: bool = False) -> str:
        """The request that `run` ranks with, as Dev Tools of OpenSearch Dashboards takes it: a line, then the body.

        Args:
            plan: what `plan` made.
            neural: with words in place of vectors, for an index that `hybrid setup --service` gave models of an encoder
                service; the question is not centred then, so that its answers are those of the plan with `centring=0`.

        Raises:
            InvalidInput: the index is kept in a folder and not by OpenSearch.
            InvalidFilter, InvalidQuery: as in `run`; `neural`, and the models are not there, or the plan is exact.
            ServerError, AccessDenied.
        """
        return finish(self._core.console(plan, neural))

    def complete(self, *, on_error: OnError = "report", progress: bool | OnProgress | None = None) -> IndexReport:
        """Encode every document that waits for it, as `index` would; they came through an ingest pipeline.

        One that is changed or deleted meanwhile is left as it is (`changed`), and encoded by the next call.

        Args:
            on_error: `report` refused documents and go on, or `raise` at the end of the first one's batch.
            progress: as in `index`.

        Raises:
            as `index`.
        """
        return finish(self._core.complete(on_error, progress))

    def rebuild(self, encoder: EncoderLike | None = None, *, progress: bool | OnProgress | None = None) -> IndexReport:
        """Encode every document anew into a new index that takes the old one's place at the end.

        Given mentions are kept, detected ones made anew. Other writers get an error meanwhile, readers notice nothing,
        and an error leaves the old index as it was.

        Args:
            encoder: the bundle to go over to; None keeps the present one.
            progress: as in `index`.
        """
        return finish(self._core.rebuild(encoder, progress))

    def refresh(self) -> None:
        """Make what other processes committed findable."""
        self._engine.refresh()

    def close(self) -> None:
        """Release files and locks; closing twice is allowed."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
