"""Tables of `hybrid eval --zero-shot` for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table as Grid
from rich.text import Text

from hybrid.cli.comparison_tables import grid_of, number
from hybrid.cli.render import FAINT, STRONG, visible
from hybrid.evaluation.by_distance import BUCKETS, Bucket
from hybrid.evaluation.ir import HEADLINE
from hybrid.evaluation.legs import Spans
from hybrid.evaluation.zero_shot import TRAINED, Nearest


def zero_shot_to_text(
    nearest: Mapping[str, Mapping[str, Nearest]], buckets: Mapping[Spans, Sequence[Bucket]]
) -> Iterator[Grid | Text]:
    """Each data set's types with the nearest that were trained on, then results by distance."""
    for task, types in nearest.items():
        yield _head(task, "how near its types are to those of the labelled corpora that the bundle was trained on")
        yield _types(types)
    for spans, own in buckets.items():
        for by in BUCKETS:
            yield _head(f"{HEADLINE} by {by}", f"{spans} mentions, mean over the types of all data sets")
            yield _results([bucket for bucket in own if bucket.by == by])


def _head(strong: str, faint: str) -> Text:
    return Text.assemble("\n", (visible(strong), STRONG), (f"  {faint}", FAINT))


def _types(types: Mapping[str, Nearest]) -> Grid:
    grid = grid_of("type", ("words", "by name", "overlap", "by head", "cosine", ""))
    for label, one in types.items():
        names = (visible(one.words), visible(one.by_name or "–"), number(one.overlap, 2), visible(one.by_head))
        known = ((TRAINED, one.trained_in), ("named in", one.named_in))
        mark = "; ".join(f"{how}: {', '.join(sources)}" for how, sources in known if sources)
        grid.add_row(visible(label), *names, number(one.cosine, 2), visible(mark))
    return grid


def _results(buckets: Sequence[Bucket]) -> Grid:
    systems = list(dict.fromkeys(system for bucket in buckets for system in bucket.values))
    grid = grid_of("distance", ("types", *map(visible, systems)))
    for bucket in buckets:
        grid.add_row(bucket.name, str(bucket.types), *(number(bucket.values.get(system)) for system in systems))
    return grid
