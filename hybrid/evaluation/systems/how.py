"""A plan in the notation of `how`, run by an engine: the embedded one, or OpenSearch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hybrid.documents import Hit, Hits
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.runs import Ranking, Span
from hybrid.planning.notation import parse_how


@dataclass(frozen=True, slots=True)
class HowSystem:
    """What `find` gives for `how` at the depth of the report, unless the notation says another.

    `server` runs it on the collection's server. `exact` scores every vector; the embedded engine does so always.
    """

    name: str
    how: str
    server: bool = False
    exact: bool = True

    @property
    def reads_mentions(self) -> bool:
        """Whether the typed leg may run."""
        how = parse_how(self.how)
        return how.auto or any(term.leg == "typed" for term in how.terms)

    @property
    def reads_passages(self) -> bool:
        """Whether the dense leg is asked for; `auto` does without it where it must."""
        return any(term.leg == "dense" for term in parse_how(self.how).terms)

    def rank(self, collection: Collection, types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
        """See `System.rank`."""
        retriever = collection.on_server if self.server else collection.embedded
        how = parse_how(self.how)
        own = (parse_how(collection.encoder.how) if how.auto else how).depth
        rankings = {}
        for label, words in types.items():
            deep = own or depth[label]
            plan = retriever.plan(words, how=self.how, k=deep, depth=deep, exact=self.exact, mentions=1)
            rankings[label] = _ranking(retriever.run(plan, text=False))
        return rankings


def _ranking(hits: Hits) -> Ranking:
    typed = any(leg.leg == "typed" for leg in hits.plan.legs)
    return Ranking(
        np.array([int(hit.id) for hit in hits], dtype=np.int64),
        np.array([hit.score for hit in hits], dtype=np.float64),
        tuple(_span(hit) for hit in hits) if typed else None,
    )


def _span(hit: Hit) -> Span | None:
    return (hit.mentions[0].start, hit.mentions[0].end) if hit.mentions else None
