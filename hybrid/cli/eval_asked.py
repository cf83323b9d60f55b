"""What `hybrid eval` was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hybrid.errors import InvalidInput, shorten

if TYPE_CHECKING:
    from hybrid.evaluation.legs import Spans

USUAL = ("bm25", "dense", "typed", "hybrid")


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's arguments, as they were given; `systems` None runs the usual ones, with `detectors` none."""

    datasets: tuple[str, ...]
    systems: str | None
    spans: tuple[Spans, ...]
    encoder: str
    baseline: str | None
    corpora: Path | None
    target: str | None
    json: Path | None
    run_dir: Path | None
    types: bool
    plot: Path | None
    budget: bool
    zero_shot: bool
    scale: bool
    sizes: str | None
    draws: int
    dimensions: str | None
    paper: bool
    calibration: bool
    detectors: str | None
    detectors_typed: bool
    quiet: bool


def numbers(option: str, text: str | None) -> tuple[int, ...]:
    """Whole numbers between commas, each once and rising; none for None.

    Raises:
        InvalidInput: one is no whole number, or below 1.
    """
    if text is None:
        return ()
    try:
        found = sorted({int(part) for part in text.split(",")})
    except ValueError:
        raise InvalidInput(f"{option} is {shorten(text)}; expected whole numbers between commas") from None
    if found[0] < 1:
        raise InvalidInput(f"{option} has {found[0]}; expected numbers from 1")
    return tuple(found)
