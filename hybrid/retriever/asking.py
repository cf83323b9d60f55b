"""A question's arguments, and its words to vectors."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hybrid.documents import Float32, Leg, MadeBy
from hybrid.encoding.protocol import Encoder
from hybrid.engines.adapting import Call
from hybrid.engines.protocol import AsyncEngine, Statistics, check_bundle
from hybrid.errors import EncoderError, InvalidInput, InvalidQuery, shorten
from hybrid.planning.plan import Plan
from hybrid.planning.planner import Knowledge
from hybrid.retriever.opening import fitting_encoder

CACHED = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of `Retriever.plan`."""

    type: str
    about: str | None
    where: Mapping[str, Any] | None
    k: int
    offset: int
    how: str
    depth: int | None
    exact: bool
    mentions: int


class Questions:
    """The encoder of an open index, and the vectors of the questions it was asked last.

    `encoder` is None where the index was opened without one.
    """

    def __init__(self, engine: AsyncEngine, encoder: Encoder | None, call: Call) -> None:
        self._engine, self._call, self.encoder = engine, call, encoder
        # The encoder that a rebuild goes over to: between its swap and its end, questions need this one.
        self._coming: Encoder | None = None
        self._vectors: OrderedDict[tuple[str, Leg, str], Float32] = OrderedDict()
        self._lock = threading.Lock()

    def fitting_encoder(self) -> Encoder:
        """The encoder of the index as it is now: another process may have rebuilt it with another bundle.

        Raises:
            BundleMismatch: it has been.
            InvalidInput: the index was opened without an encoder.
        """
        if self.encoder is None:
            raise InvalidInput("the index was opened with encoder=False; open it with its encoder to do that")
        coming, meta = self._coming, self._engine.meta
        if coming is not None and coming.fingerprint == meta.fingerprint:
            return coming
        check_bundle(meta, MadeBy(self.encoder.name, self.encoder.fingerprint))
        return self.encoder

    def present_encoder(self) -> Encoder:
        """The encoder to rebuild with where none is named: the open one, else the shipped one that made the index."""
        return fitting_encoder(self._engine.meta, None) if self.encoder is None else self.fitting_encoder()

    @contextmanager
    def going_over_to(self, encoder: Encoder) -> Iterator[None]:
        """While a rebuild runs: questions take this encoder as soon as the index is its."""
        self._coming = encoder
        try:
            yield
        finally:
            self._coming = None

    def knowledge(self, statistics: Statistics) -> Knowledge:
        """What the planner may know."""
        encoder = self.encoder
        if encoder is None:
            return Knowledge("lexical", statistics.documents, statistics.mentions, frozenset(("lexical",)))
        return Knowledge(encoder.how, statistics.documents, statistics.mentions, frozenset(encoder.dimensions.legs))

    async def vectors(self, plan: Plan) -> tuple[dict[Leg, Float32], Encoder | None]:
        """The vectors of a plan's legs and the one encoder that made them; None where there are none."""
        asked = [leg for leg in plan.legs if leg.leg != "lexical"]
        if not asked:
            return {}, None
        encoder = self.fitting_encoder()
        return {leg.leg: await self._vector(encoder, leg.leg, leg.words) for leg in asked}, encoder

    async def _vector(self, encoder: Encoder, leg: Leg, words: str) -> Float32:
        """The question's vector, remembered: pages of one answer ask the same words again."""
        key = (encoder.fingerprint, leg, words)
        with self._lock:
            if key in self._vectors:
                self._vectors.move_to_end(key)
                return self._vectors[key]
        try:
            encode = encoder.encode_types if leg == "typed" else encoder.encode_queries
            vector: Float32 = (await self._call(encode, [words]))[0]
        except EncoderError as error:
            if error.position is None:
                raise
            raise InvalidQuery(f"the {leg} leg cannot be asked {shorten(words)}: {error.reason}") from None
        with self._lock:
            self._vectors[key] = vector
            if len(self._vectors) > CACHED:
                self._vectors.popitem(last=False)
        return vector
