"""An encoder that reads a text once, however many measures ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from hybrid.documents import Encoding, Float32
from hybrid.encoding.calibration import Calibration
from hybrid.encoding.checks import Span
from hybrid.encoding.protocol import Dimensions, Encoder

# A text with its given spans, or with None where they are detected, to what an encoder made of it.
Memory: TypeAlias = dict[tuple[str, tuple[Span, ...] | None], Encoding]


class KeepingEncoder:
    """`encoder`, whose encodings of texts are kept in `memory`; encoders of one memory must give the same ones.

    They may differ in what moves no vector: fusion weights, calibration.
    """

    def __init__(self, encoder: Encoder, memory: Memory) -> None:
        self._encoder, self._memory = encoder, memory

    @property
    def name(self) -> str:
        """The encoder's."""
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        """The encoder's."""
        return self._encoder.fingerprint

    @property
    def dimensions(self) -> Dimensions:
        """The encoder's."""
        return self._encoder.dimensions

    @property
    def how(self) -> str:
        """The encoder's."""
        return self._encoder.how

    @property
    def calibration(self) -> Calibration | None:
        """The encoder's."""
        return self._encoder.calibration

    def encode(self, texts: Sequence[str], spans: Sequence[Sequence[Span] | None] | None = None) -> list[Encoding]:
        """As the encoder's; a text that was read with the same spans is not read again. Raises as the encoder."""
        given = [None] * len(texts) if spans is None else spans
        keys = [(text, None if own is None else tuple(own)) for text, own in zip(texts, given, strict=True)]
        if missing := [key for key in dict.fromkeys(keys) if key not in self._memory]:
            found = self._encoder.encode([text for text, _ in missing], [own for _, own in missing])
            self._memory.update(zip(missing, found, strict=True))
        return [self._memory[key] for key in keys]

    def encode_types(self, types: Sequence[str]) -> Float32:
        """As the encoder's."""
        return self._encoder.encode_types(types)

    def encode_passages(self, texts: Sequence[str]) -> Float32:
        """As the encoder's."""
        return self._encoder.encode_passages(texts)

    def encode_queries(self, texts: Sequence[str]) -> Float32:
        """As the encoder's."""
        return self._encoder.encode_queries(texts)
