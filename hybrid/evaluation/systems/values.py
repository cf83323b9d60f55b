"""Raw value vectors of mentions against those of the type's words: no head, nothing trained.

`values` reads the bundle's first tap of values, `values:value@17:last` another one, or any tap of a span.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hybrid.encoding.local import LocalEncoder
from hybrid.encoding.raw import RawEncoder
from hybrid.errors import InvalidInput
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.runs import Ranking
from hybrid.evaluation.systems.nearest import rank_by_mentions


@dataclass
class ValuesSystem:
    """See the module. `tap` None is the bundle's."""

    name: str
    tap: str | None = None
    reads_mentions: bool = True
    reads_passages: bool = False

    def __post_init__(self) -> None:
        self._raw: tuple[str, RawEncoder] | None = None

    def rank(self, collection: Collection, types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
        """See `System.rank`."""
        raw = self._encoder(collection)
        spans, vectors = raw.mentions(collection.texts, collection.mentions)
        return rank_by_mentions(spans, vectors, list(types), raw.types(list(types.values())), depth)

    def _encoder(self, collection: Collection) -> RawEncoder:
        encoder = collection.encoder
        if not isinstance(encoder, LocalEncoder):
            raise InvalidInput(f"the system {self.name} reads a bundle's backbone, and {encoder.name} has none here")
        if self._raw is None or self._raw[0] != encoder.fingerprint:
            self._raw = encoder.fingerprint, RawEncoder(encoder.manifest, self.tap)
        return self._raw[1]
