"""Probabilities of matches, by the calibration of the bundle that was asked; the same for every engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hybrid.documents import Hits, Match
from hybrid.encoding.calibration import Calibration


def calibrated(hits: Hits, calibration: Calibration | None) -> Hits:
    """The hits with the probability of each match; as they are without a calibration or without matches."""
    cosines = [match.cosine for hit in hits for match in hit.mentions]
    if calibration is None or not cosines:
        return hits
    probabilities = iter(calibration.of(cosines).tolist())
    items = tuple(replace(hit, mentions=tuple(_with(hit.mentions, probabilities))) for hit in hits)
    return replace(hits, items=items)


def _with(matches: tuple[Match, ...], probabilities: Iterator[float]) -> Iterator[Match]:
    return (replace(match, probability=next(probabilities)) for match in matches)
