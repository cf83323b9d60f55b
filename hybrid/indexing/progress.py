"""A progress line on the terminal, from the reports of a run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from hybrid.indexing.report import IndexReport

OnProgress: TypeAlias = Callable[[IndexReport], None]


@contextmanager
def progress_line(progress: bool | OnProgress | None) -> Iterator[OnProgress]:
    """Where reports of a run go.

    Args:
        progress: a function of the report so far; True for a line on stderr; False for nothing; None for a line exactly
            where stderr is a terminal.
    """
    if callable(progress):
        yield progress
    elif progress or (progress is None and sys.stderr.isatty()):
        with _line() as show:
            yield show
    else:
        yield lambda report: None


@contextmanager
def _line() -> Iterator[OnProgress]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("indexing")

        def show(report: IndexReport) -> None:
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = f", {report.documents / elapsed:,.0f} documents/s" if elapsed else ""
            bar.update(task, description=f"{report.documents:,} documents, {report.mentions:,} mentions{rate}")

        yield show
