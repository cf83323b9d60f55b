"""What every system promises, stated once.

Invariants
- A ranking is made for every type that is asked for, of at most `depth[label]` texts; fewer where fewer match.
- Larger scores are better, and equal scores are ordered by the text's id, as the engines order them.
- No gold label is read: spans of mentions may be, their labels may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hybrid.evaluation.collection import Collection
from hybrid.evaluation.runs import Ranking


class System(Protocol):
    """A way to rank texts for a kind of entity."""

    @property
    def name(self) -> str:
        """What it was asked for by, and is reported under."""
        ...

    @property
    def reads_mentions(self) -> bool:
        """Whether its rankings depend on which mentions are marked; a system that does not is run once a task."""
        ...

    @property
    def reads_passages(self) -> bool:
        """Whether it needs the encoder's passage vectors, which not every bundle has."""
        ...

    def rank(self, collection: Collection, types: Mapping[str, str], depth: Mapping[str, int]) -> dict[str, Ranking]:
        """A ranking for each label of `types` (label: words to ask with).

        Raises:
            HybridError: as the system's parts do.
        """
        ...
