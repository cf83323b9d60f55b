"""Tables of `hybrid eval` for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table as Grid
from rich.text import Text

from hybrid.cli.render import FAINT, STRONG, visible
from hybrid.evaluation.budget import PARTS, Budget
from hybrid.evaluation.ir import HEADLINE, MEASURES
from hybrid.evaluation.report import Row, Table


def table_to_text(table: Table, *, types: bool = False) -> Iterator[Grid | Text]:
    """A data set's systems side by side; with `types` the headline of each type as well."""
    yield Text.assemble("\n", (visible(table.name), STRONG), (f"  {_about(table)}", FAINT))
    shown = [name for name in MEASURES if any(name in row.values for row in table.rows)]
    tested = any(row.p is not None for row in table.rows)
    grid = grid_of("system", (shown[0], "95 %", *(["p", "p (Holm)"] if tested else []), *shown[1:]))
    for row in table.rows:
        grid.add_row(visible(row.system), *_cells(row, shown, tested))
    yield grid
    if types and table.answers:
        yield _types_grid(table)


def budget_to_table(budget: Budget) -> Iterator[Grid | Text]:
    """What a data set loses, in all and by type, part by part."""
    yield Text.assemble(
        "\n",
        (visible(budget.name), STRONG),
        (f"  what hybrid loses on detected mentions of 1 − {HEADLINE}; best single leg: {budget.leg}", FAINT),
    )
    grid = grid_of("type", (*PARTS, "loss"))
    for label, losses in (("in all", budget.parts), *budget.types.items()):
        values = [losses[part] for part in PARTS]
        grid.add_row(visible(label), *map(number, values), number(sum(value or 0.0 for value in values)))
    yield grid


def _about(table: Table) -> str:
    low, high = table.depth
    depth = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    cut = sum(2 * count > high for count in table.answers.values())
    depth += f", for {cut} types less than 2 R" if cut else ""
    left_out = f", without an answer and left out: {', '.join(table.unanswered)}" if table.unanswered else ""
    count = f"{len(table.answers)} types, " if table.answers else ""
    return f"{table.spans} mentions, {count}{table.texts:,} texts, depth {depth}{left_out}"


def _cells(row: Row, shown: Sequence[str], tested: bool) -> Iterator[str]:
    yield number(row.values.get(shown[0]))
    yield f"{row.interval[0]:.3f}–{row.interval[1]:.3f}"
    if tested:
        yield number(row.p, 4)
        yield number(row.p_holm, 4)
    yield from (number(row.values.get(name)) for name in shown[1:])


def _types_grid(table: Table) -> Grid:
    grid = grid_of(f"{HEADLINE} by type", ("R", *(visible(row.system) for row in table.rows)))
    for label, count in table.answers.items():
        grid.add_row(visible(label), f"{count:,}", *(number(row.types[label][HEADLINE]) for row in table.rows))
    return grid


def grid_of(first: str, others: Sequence[str]) -> Grid:
    """An empty grid: the first column to the left, the others, numbers, to the right."""
    grid = Grid(box=None, pad_edge=False, header_style=FAINT)
    grid.add_column(first)
    for name in others:
        grid.add_column(name, justify="right")
    return grid


def number(value: float | None, digits: int = 3) -> str:
    """A figure, or a dash for none."""
    return "–" if value is None else f"{value:.{digits}f}"
