"""Plans: frozen data without behaviour, with a JSON form in `serialization.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hybrid.documents import Float32, Leg, MadeBy
from hybrid.fusion import Fusion
from hybrid.planning.filters import Filter
from hybrid.planning.query import Query


@dataclass(frozen=True, slots=True)
class PlannedLeg:
    """One ranked list: the words it is asked with, its weight in the fusion, how many documents it hands over.

    `exact` scores every vector of a vector leg.
    """

    leg: Leg
    words: str
    weight: float = 1.0
    depth: int = 1_000
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Words, legs, fusion, depth and the reason; `fusion` is None exactly where there is one leg.

    `centring`: how much of the index's mean vector is taken off the question's, 0..1, see `hybrid.retriever.centring`;
    None where neither the question nor the bundle says.
    """

    query: Query
    legs: tuple[PlannedLeg, ...]
    fusion: Fusion | None
    k: int = 10
    offset: int = 0
    mentions: int = 3
    reason: str = ""
    centring: float | None = None

    @property
    def depth(self) -> int:
        """How many documents each leg hands over."""
        return self.legs[0].depth


@dataclass(frozen=True, slots=True, eq=False)
class BoundPlan:
    """A plan with what it needs to run.

    `vectors`: unit float32 [d] for the typed and the dense leg where the plan has them, `made_by` their bundle (None:
    whichever the index is known to have); `filter` is the query's `where`, read against the fields of the index; `text`
    and `explain` say what the hits carry. `type`: unit float32 [d], the type's own vector, which the cosines of matches
    are told against, where the typed leg is asked with another one (centred); None where it is not.
    """

    plan: Plan
    vectors: Mapping[Leg, Float32] = field(default_factory=dict)
    filter: Filter | None = None
    text: bool = True
    explain: bool = False
    made_by: MadeBy | None = None
    type: Float32 | None = None

    @property
    def matching(self) -> Float32 | None:
        """What the cosines of matches are told against; None where the plan has no typed leg."""
        return self.vectors.get("typed") if self.type is None else self.type
