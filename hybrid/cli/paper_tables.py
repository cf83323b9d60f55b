"""Tables of `hybrid eval --paper` for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table as Grid
from rich.text import Text

from hybrid.cli.comparison_tables import grid_of, number
from hybrid.cli.render import FAINT, STRONG, visible
from hybrid.evaluation.ir import HEADLINE
from hybrid.evaluation.paper import PaperTable


def paper_to_text(table: PaperTable) -> Iterator[Grid | Text]:
    """A line a system, with how many texts it searched."""
    left_out = f", left out: {', '.join(table.left_out)}" if table.left_out else ""
    recall = "" if table.recall is None else f", lenient recall of mentions {number(table.recall)}"
    about = f"the paper's protocol, {table.spans} mentions{recall}{left_out}"
    yield Text.assemble("\n", (visible(table.name), STRONG), (f"  {visible(about)}", FAINT))
    grid = grid_of("system", (HEADLINE, "texts"))
    for system, value in table.systems.items():
        grid.add_row(visible(system), number(value), f"{table.texts[system]:,}")
    yield grid
