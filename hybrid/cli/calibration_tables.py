"""How far probabilities can be believed, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rich.table import Table as Grid
from rich.text import Text

from hybrid.cli.comparison_tables import grid_of, number
from hybrid.cli.render import FAINT, STRONG, visible
from hybrid.evaluation.believed import Believed
from hybrid.evaluation.reliability import Reliability

if TYPE_CHECKING:
    from hybrid.training.calibrating import Calibrated

PAIRS = "every gold mention with every type"
SHOWN = "the best mention of the first R texts of each type"


def reliability_to_text(name: str, about: str, told: Reliability) -> Iterator[Grid | Text]:
    """What was told beside what came true, a line a bin of probabilities."""
    figures = f"ECE {told.ece:.3f}, Brier {told.brier:.3f}"
    yield Text.assemble("\n", (visible(name), STRONG), (f"  {about}: {figures}", FAINT))
    grid = grid_of("probability", ("share", "told", "right"))
    for own in told.bins:
        grid.add_row(f"{own.low:.2f}–{own.high:.2f}", number(own.share, 4), number(own.told), number(own.right))
    yield grid


def believed_to_text(told: Mapping[str, Believed]) -> Iterator[Grid | Text]:
    """Of each data set what its bundle's probabilities are worth."""
    for name, own in told.items():
        yield from reliability_to_text(name, f"probabilities, {PAIRS}", own.pairs)
        yield from reliability_to_text(name, f"probabilities, {SHOWN}", own.shown)


def calibration_to_lines(chosen: Calibrated) -> Iterator[str]:
    """Which method was taken, and what each gave on tasks that were left out."""
    from hybrid.training.calibrating import calibration_figures

    told = calibration_figures(chosen)
    for method in chosen.held_out:
        own, mark = told[method], "calibration" if method == chosen.method else "not taken"
        yield (
            f"{mark}: {method}, on tasks left out ECE {own['ece']:.4f}, Brier {own['brier']:.4f}; "
            f"ECE of what is shown {own['shown_ece']:.4f}"
        )


def calibration_to_text(chosen: Calibrated) -> Iterator[Grid | Text]:
    """The methods, then the reliability of the one that was taken."""
    yield Text("\n".join(calibration_to_lines(chosen)))
    yield from reliability_to_text(chosen.method, f"tasks left out, {PAIRS}", chosen.table)
    yield from reliability_to_text(chosen.method, f"tasks left out, {SHOWN}", chosen.shown_table)
