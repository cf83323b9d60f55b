"""Tables of `hybrid eval --scale` and `--dimensions` for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table as Grid
from rich.text import Text

from hybrid.cli.comparison_tables import grid_of, number
from hybrid.cli.render import FAINT, STRONG, visible
from hybrid.evaluation.dimensions import SYSTEM, WidthCurve
from hybrid.evaluation.ir import HEADLINE, MEASURES
from hybrid.evaluation.scale import ScaleCurve, ScalePoint


def scale_to_text(curve: ScaleCurve) -> Iterator[Grid | Text]:
    """A line a size: texts, the smallest and largest R of a type, and each system's headline.

    Of several draws the mean, and behind ± their standard deviation.
    """
    left_out = f", without an answer in the first and left out: {', '.join(curve.left_out)}" if curve.left_out else ""
    count = f"the same {len(curve.points[0].answers)} types at every size{left_out}"
    yield _head(curve.name, f"{HEADLINE} by number of texts, {curve.spans} mentions, {count}")
    systems = list(curve.points[-1].systems)
    grid = grid_of("texts", ("R", *map(visible, systems)))
    for point in curve.points:
        low, high = min(point.answers.values()), max(point.answers.values())
        answers = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        values = (_over_draws(point, system) for system in systems)
        grid.add_row(f"{point.texts:,}", answers, *values)
    yield grid


def dimensions_to_text(curve: WidthCurve) -> Iterator[Grid | Text]:
    """A line a width: the share of squared length that is held, and the measures."""
    yield _head(curve.name, f"{SYSTEM} by the width of vectors cut to their principal axes, {curve.spans} mentions")
    shown = [name for name in MEASURES if any(name in point.values for point in curve.points)]
    grid = grid_of("width", ("held", *shown))
    for point in curve.points:
        grid.add_row(str(point.width), number(point.held), *(number(point.values.get(name)) for name in shown))
    yield grid


def _over_draws(point: ScalePoint, system: str) -> str:
    mean = number(point.systems[system][HEADLINE])
    return mean if len(point.draws) == 1 else f"{mean} ±{number(point.spread(system, HEADLINE))}"


def _head(strong: str, faint: str) -> Text:
    return Text.assemble("\n", (visible(strong), STRONG), (f"  {visible(faint)}", FAINT))
