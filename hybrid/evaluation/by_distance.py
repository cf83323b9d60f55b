"""Results by how new a type is to a bundle: see `hybrid.evaluation.zero_shot` for the distances."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from hybrid.evaluation.ir import HEADLINE
from hybrid.evaluation.legs import Spans
from hybrid.evaluation.report import Table
from hybrid.evaluation.zero_shot import BY_HEAD, BY_NAME, BY_SOURCE, Nearest, TrainedType

ZERO_SHOT = "zero_shot"
BUCKETS: Mapping[str, tuple[tuple[str, ...], Callable[[Nearest], str]]] = {
    "name": (BY_NAME, lambda one: one.name_bucket),
    "head": (BY_HEAD, lambda one: one.head_bucket),
    "source": (BY_SOURCE, lambda one: one.source_bucket),
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """The types of one distance: how many, and each system's mean of the headline over them."""

    by: str
    name: str
    types: int
    values: Mapping[str, float]


def bucket_results(nearest: Mapping[str, Mapping[str, Nearest]], tables: Sequence[Table]) -> tuple[Bucket, ...]:
    """Results by distance, by name, by head and by source; a bucket without a type is left out.

    `nearest`: data set to label to its nearest types; `tables`: of one kind of mentions. Every type that some text
    answers counts once, whichever data set it is of.
    """
    buckets = []
    for by, (names, of) in BUCKETS.items():
        cells: dict[str, dict[str, list[float]]] = {name: {} for name in names}
        for one, system, value in _headlines(nearest, tables):
            cells[of(one)].setdefault(system, []).append(value)
        for name, own in cells.items():
            if own:
                means = {system: fmean(values) for system, values in own.items()}
                buckets.append(Bucket(by, name, max(map(len, own.values())), means))
    return tuple(buckets)


def _headlines(
    nearest: Mapping[str, Mapping[str, Nearest]], tables: Sequence[Table]
) -> Iterator[tuple[Nearest, str, float]]:
    """Of each type of each data set, and of each system, the headline; a table of means has no types."""
    for table in tables:
        for row in table.rows:
            for label, values in row.types.items():
                yield nearest[table.name][label], row.system, values[HEADLINE]


def zero_shot_to_json(
    nearest: Mapping[str, Mapping[str, Nearest]],
    buckets: Mapping[Spans, Sequence[Bucket]],
    trained: Sequence[TrainedType],
) -> dict[str, Any]:
    """`{"trained_types": n, "types": {data set: {label: …}}, "buckets": {spans: {by: {bucket: …}}}}`."""
    return {
        "trained_types": len(trained),
        "types": {task: {label: _to_json(one) for label, one in own.items()} for task, own in nearest.items()},
        "buckets": {
            spans: {
                by: {one.name: {"types": one.types, HEADLINE: dict(one.values)} for one in own if one.by == by}
                for by in BUCKETS
            }
            for spans, own in buckets.items()
        },
    }


def _to_json(one: Nearest) -> dict[str, Any]:
    return {
        "words": one.words,
        "trained": one.trained,
        "trained_in": list(one.trained_in),
        "named_in": list(one.named_in),
        "name": {"nearest": one.by_name, "overlap": one.overlap},
        "head": {"nearest": one.by_head, "cosine": one.cosine},
    }
