"""What `hybrid eval` does, and its tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.table import Table as Grid
from rich.text import Text

from hybrid.cli.progress import Steps
from hybrid.cli.render import FAINT, STRONG, console, visible
from hybrid.cli.reporting import print_json
from hybrid.encoding import load
from hybrid.errors import InvalidInput, StorageError, shorten
from hybrid.evaluation.comparison import run_systems
from hybrid.evaluation.ir import HEADLINE, MEASURES
from hybrid.evaluation.legs import Spans
from hybrid.evaluation.opening import open_tasks
from hybrid.evaluation.report import Results, Row, Table, report_to_json
from hybrid.evaluation.systems.factory import on_server, open_system, split_systems
from hybrid.evaluation.systems.protocol import System
from hybrid.evaluation.trec import write_qrels, write_run


def compare(
    datasets: Sequence[str],
    names: str,
    spans: Sequence[Spans],
    *,
    encoder: str,
    baseline: str | None,
    corpora: Path | None,
    target: str | None,
    json: Path | None,
    run_dir: Path | None,
    types: bool,
    quiet: bool,
) -> None:
    """Run the systems, then show and write what they gave."""
    systems = chosen_systems(names, baseline, target)
    tasks = open_tasks(datasets, corpora)
    results = Results(baseline)
    if run_dir:
        for task in tasks:
            write_qrels(task, run_dir)
    with Steps(shown=not quiet) as steps:
        for task, run in run_systems(tasks, systems, load(encoder), spans=spans, server=target, progress=steps.show):
            results.add(task, run)
            if run_dir:
                write_run(task, run, run_dir)
    tables = results.tables()
    if json is not None:
        write_json(json, tables)
    if not quiet and str(json) != "-":
        out = console()
        for table in tables:
            for part in table_to_text(table, types=types):
                out.print(part)


def chosen_systems(names: str, baseline: str | None, target: str | None) -> list[System]:
    """The systems that were asked for, those of them that a server can run twice where there is one.

    Raises:
        InvalidInput: a name that is no system, or a baseline that is none of them.
    """
    asked = [open_system(name) for name in split_systems(names)]
    systems = [one for system in asked for one in (system, target and on_server(system)) if one]
    known = [system.name for system in systems]
    if baseline is not None and baseline not in known:
        raise InvalidInput(f"the baseline {shorten(baseline)} is none of the systems {', '.join(known)}")
    return systems


def write_json(path: Path, tables: Sequence[Table]) -> None:
    """The report as JSON: to a file, or to stdout for `-`."""
    if str(path) == "-":
        print_json(report_to_json(tables))
        return
    import orjson

    try:
        path.write_bytes(orjson.dumps(report_to_json(tables), option=orjson.OPT_INDENT_2) + b"\n")
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror})") from error


def table_to_text(table: Table, *, types: bool = False) -> Iterator[Grid | Text]:
    """A data set's systems side by side; with `types` the headline of each type as well."""
    yield Text.assemble("\n", (visible(table.name), STRONG), (f"  {_about(table)}", FAINT))
    shown = [name for name in MEASURES if any(name in row.values for row in table.rows)]
    tested = any(row.p is not None for row in table.rows)
    grid = Grid(box=None, pad_edge=False, header_style=FAINT)
    grid.add_column("system")
    for name in (shown[0], "95 %", *(["p", "p (Holm)"] if tested else []), *shown[1:]):
        grid.add_column(name, justify="right", no_wrap=True)
    for row in table.rows:
        grid.add_row(visible(row.system), *_cells(row, shown, tested))
    yield grid
    if types and table.answers:
        yield _types_grid(table)


def _about(table: Table) -> str:
    low, high = table.depth
    depth = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    left_out = f", without an answer and left out: {', '.join(table.unanswered)}" if table.unanswered else ""
    count = f"{len(table.answers)} types, " if table.answers else ""
    return f"{table.spans} mentions, {count}{table.texts:,} texts, depth {depth}{left_out}"


def _cells(row: Row, shown: Sequence[str], tested: bool) -> Iterator[str]:
    yield _number(row.values.get(shown[0]))
    yield f"{row.interval[0]:.3f}–{row.interval[1]:.3f}"
    if tested:
        yield _number(row.p, 4)
        yield _number(row.p_holm, 4)
    yield from (_number(row.values.get(name)) for name in shown[1:])


def _types_grid(table: Table) -> Grid:
    grid = Grid(box=None, pad_edge=False, header_style=FAINT)
    grid.add_column(f"{HEADLINE} by type")
    grid.add_column("R", justify="right")
    for row in table.rows:
        grid.add_column(visible(row.system), justify="right")
    for label, count in table.answers.items():
        grid.add_row(visible(label), f"{count:,}", *(_number(row.types[label][HEADLINE]) for row in table.rows))
    return grid


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
