"""What every encoder promises, stated once.

Invariants
- Every vector has unit length, float32, C order.
- A mention whose span is given is encoded as given; with `None` for a text its mentions are detected.
- A span that does not lie within its text is an `EncoderError` with the text's position in the input.
- A span that meets no token gets no vector and is reported in `Encoding.refused`, never a zero vector.
- Order and count of results equal those of the input.
- The make-up of a batch never changes a vector by more than 1e-5 (float32).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hybrid.documents import Encoding, Float32, Leg
from hybrid.encoding.calibration import Calibration


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Widths of the two vector spaces; `passage` is None where the backbone gives no passage vector."""

    mention: int
    passage: int | None

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The legs that vectors of these widths can run: without a passage vector there is no dense one."""
        return ("typed", "lexical") if self.passage is None else ("typed", "dense", "lexical")


class Encoder(Protocol):
    """Texts to mentions and vectors, types to vectors, words to passage vectors."""

    @property
    def name(self) -> str:
        """The bundle's name."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes exactly when a vector may change."""
        ...

    @property
    def dimensions(self) -> Dimensions:
        """Widths of mention and passage vectors."""
        ...

    @property
    def how(self) -> str:
        """The fusion that was best on the bundle's development data, in the notation of `how`; `typed` for none."""
        ...

    @property
    def calibration(self) -> Calibration | None:
        """Cosine to the probability that a mention is of the asked type; None before calibration."""
        ...

    def encode(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]] | None] | None = None
    ) -> list[Encoding]:
        """One `Encoding` a text; `spans` holds per text the given mentions, or None to detect them."""
        ...

    def encode_types(self, types: Sequence[str]) -> Float32:
        """[n, mention]: descriptions of kinds of entity in the mentions' space."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Float32:
        """[n, passage]: texts as passages."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Float32:
        """[n, passage]: texts as questions; differs from passages where the model has a query prompt."""
        ...
