"""Where a vector is read: `value@17:last`, `hidden@5:mean`, `key@4:first`, `passage`.

A *state* is what the backbone hands over, one row a token (`hidden@5`); a *tap* is a state pooled over the tokens of a
span (`hidden@5:mean`). `passage` is the model's last output, after its final norm where it has one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from hybrid.errors import BundleError, shorten

Kind: TypeAlias = Literal["value", "key", "hidden", "passage"]
Pool: TypeAlias = Literal["last", "first", "mean"]

_STATE = r"(?P<kind>value|key|hidden)@(?P<block>0|[1-9][0-9]{0,3})"
_TAP = re.compile(_STATE + r":(?P<pool>last|first|mean)")


@dataclass(frozen=True, slots=True)
class State:
    """What a backbone hands over for each token; `block` counts from zero and is None for `passage`."""

    kind: Kind
    block: int | None = None

    def __str__(self) -> str:
        return self.kind if self.block is None else f"{self.kind}@{self.block}"


@dataclass(frozen=True, slots=True)
class Tap:
    """A state pooled over a span's tokens; `block` and `pool` are None for `passage`, whose pooling the bundle says."""

    kind: Kind
    block: int | None = None
    pool: Pool | None = None

    @property
    def state(self) -> State:
        """What the backbone must hand over for this tap."""
        return State(self.kind, self.block)

    def __str__(self) -> str:
        return str(self.state) if self.pool is None else f"{self.state}:{self.pool}"


def parse_tap(text: str) -> Tap:
    """Read `KIND@BLOCK:POOL` or `passage`; anything else raises BundleError. `str` of the result is `text` again."""
    if text == "passage":
        return Tap("passage")
    found = _TAP.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise BundleError(
            f"tap {shorten(text)}: expected KIND@BLOCK:POOL with KIND value, key or hidden, BLOCK counted from 0 "
            "and POOL last, first or mean (such as 'value@17:last'), or 'passage'"
        )
    return Tap(cast(Kind, found["kind"]), int(found["block"]), cast(Pool, found["pool"]))


def parse_state(text: str) -> State:
    """Read a tap without pooling, `KIND@BLOCK` or `passage` (a detector's tap); anything else raises BundleError."""
    if text == "passage":
        return State("passage")
    found = re.fullmatch(_STATE, text) if isinstance(text, str) else None
    if found is None:
        raise BundleError(
            f"tap {shorten(text)}: expected KIND@BLOCK with KIND value, key or hidden and BLOCK counted from 0 "
            "(such as 'hidden@5'; it is read for every token, so it has no pooling), or 'passage'"
        )
    return State(cast(Kind, found["kind"]), int(found["block"]))
