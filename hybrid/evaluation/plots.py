"""Figures of a report, by matplotlib; the ending of the file's name says its format (png, svg, pdf)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hybrid.encoding.extras import require
from hybrid.errors import InvalidInput, StorageError
from hybrid.evaluation.budget import PARTS, Budget
from hybrid.evaluation.dimensions import WidthCurve
from hybrid.evaluation.ir import HEADLINE
from hybrid.evaluation.report import Row, Table
from hybrid.evaluation.scale import ScaleCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg", ".pdf")
GAIN, LOSS, WHOLE = "tab:green", "tab:red", "tab:blue"


def check_plot(path: Path) -> None:
    """Refuse a plot that could not be made, before anything is measured.

    Raises:
        InvalidInput: another format.
        MissingExtra: matplotlib is not installed.
    """
    if path.suffix.lower() not in FORMATS:
        raise InvalidInput(f"a plot is written as {', '.join(FORMATS)}; {path.name!r} ends with none of them")
    require("a plot", "plot", "matplotlib")


def plot_types(tables: Sequence[Table], path: Path) -> None:
    """R-Precision of each type, a line a system, a panel a data set; types by what the best system gives them, falling.

    Raises:
        StorageError: the file cannot be written.
    """
    figure, panels = _panels([table for table in tables if table.answers], height=3.6)
    for axes, table in panels:
        order = types_in_order(table)
        for row in table.rows:
            axes.plot(range(len(order)), [row.types[label][HEADLINE] for label in order], marker=".", label=row.system)
        axes.set_xticks(range(len(order)), order, rotation=45, ha="right", fontsize=8)
        axes.set_title(table.key)
        axes.legend(fontsize=7)
    _save(figure, path)


def types_in_order(table: Table) -> list[str]:
    """A table's types, falling by R-Precision of the system with the best mean."""
    best: Row = max(table.rows, key=lambda row: row.values[HEADLINE])
    return sorted(table.answers, key=lambda label: -best.types[label][HEADLINE])


def plot_budgets(budgets: Sequence[Budget], path: Path) -> None:
    """A waterfall a data set: from 1 down through every loss to the R-Precision that is left.

    Raises:
        StorageError: the file cannot be written.
    """
    figure, panels = _panels(budgets, height=3.2)
    for axes, budget in panels:
        steps = waterfall(budget)
        for place, (_, low, height, gains) in enumerate(steps):
            whole = place == len(steps) - 1
            axes.bar(place, height, bottom=low, color=WHOLE if whole else GAIN if gains else LOSS)
            axes.text(place, low + height + 0.01, f"{height:.3f}", ha="center", fontsize=7)
        axes.set_xticks(range(len(steps)), [step[0] for step in steps], rotation=30, ha="right", fontsize=8)
        axes.set_title(f"{budget.name} ({budget.leg})")
    _save(figure, path)


def plot_scale(curves: Sequence[ScaleCurve], path: Path) -> None:
    """R-Precision by number of texts, a line a system, a panel a data set and kind of mentions.

    Raises:
        StorageError: the file cannot be written.
    """
    figure, panels = _panels(curves, height=3.2)
    for axes, curve in panels:
        texts = [point.texts for point in curve.points]
        for system in curve.points[-1].systems:
            axes.plot(texts, [point.systems[system][HEADLINE] for point in curve.points], marker=".", label=system)
        _doubling(axes, texts, "texts")
        axes.set_title(curve.key)
        axes.legend(fontsize=7)
    _save(figure, path)


def plot_widths(curves: Sequence[WidthCurve], path: Path) -> None:
    """R-Precision by the vectors' width, a line a data set and kind of mentions.

    Raises:
        StorageError: the file cannot be written.
    """
    figure, panels = _panels([curves] if curves else [], height=3.6)
    for axes, own in panels:
        for curve in own:
            values = [point.values[HEADLINE] for point in curve.points]
            axes.plot([point.width for point in curve.points], values, marker=".", label=curve.key)
        _doubling(axes, sorted({point.width for curve in own for point in curve.points}), "width of the vectors")
        axes.legend(fontsize=7)
    _save(figure, path)


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """Figures by row and column, float64 [rows, columns], under a title."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: NDArray[np.float64]


def plot_heat(heats: Sequence[Heat], path: Path) -> None:
    """A heat map a panel, side by side, with the figures in the cells and one scale of colours for all.

    Raises:
        StorageError: the file cannot be written.
    """
    from matplotlib.figure import Figure

    low, high = (pick([heat.values for heat in heats]) for pick in (np.min, np.max))
    rows, columns = (max(shape) for shape in zip(*(heat.values.shape for heat in heats), strict=True))
    figure = Figure(figsize=((1.2 + 0.55 * columns) * len(heats), 1.4 + 0.26 * rows), layout="constrained")
    for axes, heat in zip(figure.subplots(1, len(heats), squeeze=False).ravel(), heats, strict=True):
        axes.imshow(heat.values, vmin=low, vmax=high, cmap="viridis", aspect="auto")
        for (row, column), value in np.ndenumerate(heat.values):
            # Dark on the bright half of the scale, bright on the dark one.
            colour = "black" if value > (low + high) / 2 else "white"
            axes.text(column, row, f"{value:.3f}", ha="center", va="center", fontsize=7, color=colour)
        axes.set_xticks(range(len(heat.columns)), heat.columns, rotation=45, ha="right", fontsize=8)
        axes.set_yticks(range(len(heat.rows)), heat.rows, fontsize=8)
        axes.set_ylabel("block")
        axes.set_title(heat.title)
    _save(figure, path)


def waterfall(budget: Budget) -> list[tuple[str, float, float, bool]]:
    """Each bar's name, lower end, height, and whether it goes up; the last is the R-Precision that is left.

    A part that was not measured has no bar.
    """
    level, bars = 1.0, []
    for part in PARTS:
        value = budget.parts[part]
        if value is not None:
            bars.append((str(part), level - max(value, 0.0), abs(value), value < 0.0))
            level -= value
    return [*bars, (HEADLINE, 0.0, level, True)]


def _panels(shown: Sequence[Any], height: float) -> tuple[Figure, list[tuple[Axes, Any]]]:
    from matplotlib.figure import Figure

    rows = max((len(shown) + 1) // 2, 1)
    columns = min(max(len(shown), 1), 2)
    figure = Figure(figsize=(6.4 * columns, height * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for empty in axes[len(shown) :]:
        empty.set_axis_off()
    for one in axes[: len(shown)]:
        one.set_ylim(0.0, 1.05)
        one.set_ylabel("R-Precision")
    return figure, list(zip(axes, shown, strict=False))


def _doubling(axes: Axes, ticks: Sequence[int], name: str) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks], fontsize=8)
    axes.set_xlabel(name)


def _save(figure: Figure, path: Path) -> None:
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror})") from error
