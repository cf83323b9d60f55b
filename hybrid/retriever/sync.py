"""The synchronous face of an index.

It is thin: documents are checked, batched and counted by `hybrid.indexing`, questions planned by `hybrid.planning`,
and the engine runs plans.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from hybrid.documents import Document, EncodedDocument, Float32, Hits, Leg
from hybrid.encoding.protocol import Encoder
from hybrid.engines.protocol import FORMAT, Engine, IndexMeta, Statistics, check_bundle
from hybrid.errors import EncoderError, InvalidInput, InvalidQuery, shorten
from hybrid.indexing.batches import BATCH_DOCUMENTS, Item, batched
from hybrid.indexing.progress import OnProgress, progress_line
from hybrid.indexing.report import IndexReport
from hybrid.indexing.run import IndexRun, OnError, OnExisting
from hybrid.planning.filters import parse_where
from hybrid.planning.plan import BoundPlan, Plan
from hybrid.planning.planner import Knowledge, make_plan
from hybrid.planning.query import checked_query
from hybrid.retriever.opening import EncoderLike, as_encoder, declared_fields, fitting_encoder

Target: TypeAlias = str | os.PathLike[str]

CACHED_QUESTIONS = 1_000


class Retriever:
    """An index that answers which texts mention an entity of a kind given in words.

    Made by `Retriever.create` or `Retriever.open`; a context manager. `find` may be called from several threads.
    """

    def __init__(self, engine: Engine, encoder: Encoder | None) -> None:
        self._engine, self._encoder = engine, encoder
        # The encoder that a rebuild goes over to: between its swap and its end, questions need this one.
        self._coming: Encoder | None = None
        self._questions: OrderedDict[tuple[str, Leg, str], Float32] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def create(
        cls,
        target: Target,
        *,
        encoder: EncoderLike = "minilm",
        fields: Mapping[str, type | str] | None = None,
        language: Literal["english", "none"] = "english",
    ) -> Self:
        """Make a new index.

        Args:
            target: a folder, new or empty.
            encoder: a shipped bundle's name, a bundle's folder, or an `Encoder`.
            fields: types of fields that shall not be taken from the first value: str, int, float, bool, date, datetime.
            language: `english` stems words for the lexical leg, `none` leaves them as they are.

        Raises:
            IndexExists: something is there already; `open` it.
            BundleError, StorageError, MissingExtra, InvalidInput.
        """
        from hybrid.engines.factory import create_engine

        chosen = as_encoder(encoder)
        if language not in ("english", "none"):
            raise InvalidInput(f"language is {language!r}; expected 'english' or 'none'")
        meta = IndexMeta(chosen.name, chosen.fingerprint, chosen.dimensions, language, declared_fields(fields or {}))
        return cls(create_engine(target, meta), chosen)

    @classmethod
    def open(cls, target: Target, *, encoder: EncoderLike | Literal[False] | None = None) -> Self:
        """Open an index that is there.

        Args:
            target: a folder.
            encoder: None finds the shipped bundle that the index names; a name, a folder or an `Encoder` must have the
                index's fingerprint; False opens without one, for the lexical leg, get, count, info and rebuild.

        Raises:
            IndexNotFound: nothing is there, or it is not ours.
            BundleMismatch: the index was made by another bundle; both are named.
            BundleError: the bundle that the index names does not ship; pass `encoder=`.
            IndexFormatError, IndexDamaged, MissingExtra.
        """
        from hybrid.engines.factory import open_engine

        engine = open_engine(target)
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
    def encoder(self) -> Encoder | None:
        """The encoder; None where the index was opened without one."""
        return self._encoder

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
            refresh: documents can be found as soon as their batch is written; False leaves that to `refresh()`.
            progress: a function of the report so far, True or False; None shows a line where stderr is a terminal.
            batch_size: documents encoded and committed together.

        Raises:
            InvalidInput: a refused document with `on_error="raise"`.
            IndexLocked, StorageError, EncoderError.
        """
        run = self.new_run(on_existing=on_existing, on_error=on_error)
        try:
            with progress_line(progress) as show:
                for batch in batched(_stream(documents), batch_size):
                    run.process(batch)
                    show(run.tally.report())
                    if refresh:
                        # Also lets the engine drop what only the view before this batch still needs.
                        self._engine.refresh()
        finally:
            if refresh:
                self._engine.refresh()
        return run.tally.report()

    def new_run(self, *, on_existing: OnExisting = "replace", on_error: OnError = "report") -> IndexRun:
        """A run of indexing that the caller feeds with batches himself; `index` is the usual way."""
        return IndexRun(self._engine, self._fitting_encoder(), on_existing=on_existing, on_error=on_error)

    def delete(self, ids: str | Iterable[str], *, refresh: bool = True) -> int:
        """Delete documents by id; returns how many there were. Ids that are not there are passed over.

        Raises:
            IndexLocked, StorageError, InvalidInput.
        """
        gone = self._engine.delete(_ids(ids))
        if refresh:
            self._engine.refresh()
        return gone

    def get(self, ids: str | Iterable[str]) -> list[Document | None]:
        """Documents in the order of `ids` with their mentions, None where there is none; dates are strings."""
        return self._engine.get(_ids(ids))

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
        parse_where(where, self._engine.meta.fields)
        return make_plan(
            checked_query(type, about, where),
            self._knowledge(),
            how=how,
            k=k,
            offset=offset,
            depth=depth,
            exact=exact,
            mentions=mentions,
        )

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
            how: `auto`, a leg (`lexical`, `typed`, `dense`), or a fusion: `min_max(typed=1, dense=.2, lexical=.3)`.
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
        where = parse_where(plan.query.where, self._engine.meta.fields)
        vectors: dict[Leg, Float32] = {
            leg.leg: self._question(leg.leg, leg.words) for leg in plan.legs if leg.leg != "lexical"
        }
        return self._engine.search(BoundPlan(plan, vectors, where, text, explain))

    def rebuild(self, encoder: EncoderLike | None = None, *, progress: bool | OnProgress | None = None) -> IndexReport:
        """Encode every document anew into a new index that takes the old one's place at the end.

        Given mentions are kept, detected ones made anew. Other writers get an error meanwhile, readers notice nothing,
        and an error leaves the old index as it was.

        Args:
            encoder: the bundle to go over to; None keeps the present one.
            progress: as in `index`.
        """
        self._engine.refresh()
        chosen = as_encoder(encoder) if encoder is not None else self._present_encoder()
        meta = replace(
            self.meta, bundle=chosen.name, fingerprint=chosen.fingerprint, dimensions=chosen.dimensions, format=FORMAT
        )
        self._coming = chosen
        try:
            with progress_line(progress) as show, self._engine.rebuild(meta) as engine:
                run = IndexRun(engine, chosen, on_error="raise")
                for batch in batched(map(_as_given, self._engine.scan())):
                    run.process(batch)
                    engine.refresh()
                    show(run.tally.report())
            self._encoder = chosen
        finally:
            self._coming = None
        self._engine.refresh()
        return run.tally.report()

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

    def _needed_encoder(self) -> Encoder:
        if self._encoder is None:
            raise InvalidInput("the index was opened with encoder=False; open it with its encoder to do that")
        return self._encoder

    def _fitting_encoder(self) -> Encoder:
        """The encoder of the index as it is now: another process may have rebuilt it with another bundle."""
        encoder, coming, meta = self._needed_encoder(), self._coming, self._engine.meta
        if coming is not None and coming.fingerprint == meta.fingerprint:
            return coming
        check_bundle(meta, encoder.name, encoder.fingerprint)
        return encoder

    def _present_encoder(self) -> Encoder:
        return fitting_encoder(self.meta, None) if self._encoder is None else self._fitting_encoder()

    def _knowledge(self) -> Knowledge:
        statistics, encoder = self._engine.statistics(), self._encoder
        if encoder is None:
            return Knowledge("lexical", statistics.documents, statistics.mentions, frozenset(("lexical",)))
        legs: tuple[Leg, ...] = ("lexical", "typed", "dense")
        possible = frozenset(leg for leg in legs if leg != "dense" or encoder.dimensions.passage is not None)
        return Knowledge(encoder.how, statistics.documents, statistics.mentions, possible)

    def _question(self, leg: Leg, words: str) -> Float32:
        """The question's vector, remembered: pages of one answer ask the same words again."""
        encoder = self._fitting_encoder()
        key = (encoder.fingerprint, leg, words)
        with self._lock:
            if key in self._questions:
                self._questions.move_to_end(key)
                return self._questions[key]
        try:
            vector: Float32 = (encoder.encode_types if leg == "typed" else encoder.encode_queries)([words])[0]
        except EncoderError as error:
            if error.position is None:
                raise
            raise InvalidQuery(f"the {leg} leg cannot be asked {shorten(words)}: {error.reason}") from None
        with self._lock:
            self._questions[key] = vector
            if len(self._questions) > CACHED_QUESTIONS:
                self._questions.popitem(last=False)
        return vector


def _stream(documents: Iterable[Item]) -> Iterable[Item]:
    if isinstance(documents, str | Mapping | Document):
        raise InvalidInput(f"one {documents.__class__.__name__} was given; expected an iterable of documents: [it]")
    if not isinstance(documents, Iterable):
        raise InvalidInput(f"{documents.__class__.__name__} was given; expected an iterable of documents")
    return documents


def _ids(ids: str | Iterable[str]) -> list[str]:
    if not isinstance(ids, Iterable):
        raise InvalidInput(f"{ids.__class__.__name__} was given; expected an id or an iterable of ids")
    wanted = [ids] if isinstance(ids, str) else list(ids)
    for id in wanted:
        if not isinstance(id, str):
            raise InvalidInput(f"the id {shorten(id)} is {id.__class__.__name__}; expected a string")
        if any("\ud800" <= character <= "\udfff" for character in id):
            raise InvalidInput(f"the id {shorten(id)} holds a lone surrogate, which no id can")
    return wanted


def _as_given(encoded: EncodedDocument) -> Document:
    """A document as its user gave it: without the mentions that a detector found."""
    return encoded.document if encoded.mentions_from == "given" else replace(encoded.document, mentions=None)
