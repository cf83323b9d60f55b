"""What one request may ask for, and how much may wait."""

from __future__ import annotations

from dataclasses import dataclass, fields

from hybrid.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the service; each that is passed has an answer of its own.

    Attributes:
        body_bytes: of a request's body; more is 413.
        texts: texts, types or documents of one request; more is 413.
        characters: code points of one text; more is 413.
        tokens: tokens of all texts of one request; more is 413.
        spans: given mentions of one request; more is 413.
        waiting: requests that wait for the encoder; one more is 429.
        batch: texts that are encoded in one pass.
        wait: seconds that a request waits for company when nothing is being encoded.
        seconds: until a request that is not answered is given up; then 503.
    """

    body_bytes: int = 8 * 2**20
    texts: int = 1_000
    characters: int = 1_000_000
    tokens: int = 500_000
    spans: int = 20_000
    waiting: int = 256
    batch: int = 256
    wait: float = 0.002
    seconds: float = 60.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for a bound that lets nothing through."""
        for own in fields(self):
            value = getattr(self, own.name)
            if value < 0 or (value == 0 and own.name != "wait"):
                raise InvalidInput(f"the service's limit {own.name} is {value}; expected a number above 0")
