"""What every detector that plugs in promises, stated once.

Invariants
- Order and count of results equal those of the texts.
- A mention is a half-open span of code points that lies within its text and is not empty; each span is told once, in
  reading order. Mentions may overlap.
- `score` is 0..1, larger is surer; None where the detector tells none. `surface` is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from hybrid.documents import Mention

Mentions: TypeAlias = tuple[Mention, ...]


class MentionDetector(Protocol):
    """Texts to mentions."""

    @property
    def name(self) -> str:
        """What it was asked for by, and is reported under."""
        ...

    def detect(self, texts: Sequence[str]) -> list[Mentions]:
        """The mentions of each text. Raises EncoderError with the text's position for what checks.py refuses."""
        ...
