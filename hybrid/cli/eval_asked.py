"""What `hybrid eval` was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hybrid.evaluation.legs import Spans


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's arguments, as they were given."""

    datasets: tuple[str, ...]
    systems: str
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
    quiet: bool
