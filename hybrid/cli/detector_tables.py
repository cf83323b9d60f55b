"""Tables of `hybrid eval --detectors` for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table as Grid
from rich.text import Text

from hybrid.cli.comparison_tables import grid_of, number
from hybrid.cli.render import FAINT, STRONG, visible
from hybrid.evaluation.detection import BUDGETS
from hybrid.evaluation.detectors import DetectorTable
from hybrid.evaluation.ir import HEADLINE

SHARES = ("P", "R", "F1", "overlap P", "overlap R", "lenient R")


def detectors_to_text(table: DetectorTable) -> Iterator[Grid | Text]:
    """A line a detector; with R-Precision where it was measured."""
    per_text = table.gold / table.texts
    about = f"what detectors find: {table.gold:,} gold mentions in {table.texts:,} texts, {per_text:.2f} a text"
    yield Text.assemble("\n", (visible(table.name), STRONG), (f"  {about}", FAINT))
    typed = (HEADLINE,) if table.r_precision else ()
    grid = grid_of("detector", (*SHARES, "per text", *(f"R at {count}" for count in BUDGETS), *typed))
    for name, own in table.figures.items():
        shares = (
            own.precision,
            own.recall,
            own.f1,
            own.overlap_precision,
            own.overlap_recall,
            own.lenient_recall,
        )
        grid.add_row(
            visible(name),
            *map(number, shares),
            number(own.per_text, 2),
            *map(number, own.within),
            *(number(table.r_precision.get(name)) for _ in typed),
        )
    yield grid
