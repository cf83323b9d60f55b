"""A progress bar on stderr with rate and time left, shown on a terminal only."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich import progress as rich_progress

from hybrid.cli.render import console
from hybrid.indexing.report import IndexReport

# Batches may be far apart; over the default of 30 s there would often be no estimate.
ESTIMATED_OVER = 600.0


class Progress:
    """How far a run is: `total` in any unit (None: not known), documents and mentions from its reports."""

    def __init__(self, doing: str, total: int | None, *, shown: bool = True) -> None:
        target = console(stderr=True)
        columns = [rich_progress.TextColumn("{task.description}")]
        known = [rich_progress.BarColumn(), rich_progress.TaskProgressColumn()] if total else []
        time_column = rich_progress.TimeRemainingColumn() if total else rich_progress.TimeElapsedColumn()
        counts = rich_progress.TextColumn("{task.fields[counts]}")
        self._bar = rich_progress.Progress(
            *columns,
            *known,
            counts,
            time_column,
            console=target,
            transient=True,
            disable=not (shown and target.is_terminal),
            speed_estimate_period=ESTIMATED_OVER,
        )
        self._task = self._bar.add_task(doing, total=total or None, counts="starting")
        self._begun = time.monotonic()

    def show(self, report: IndexReport, done: int) -> None:
        """Show a run's report so far; `done` of the total is behind it."""
        rate = report.documents / max(time.monotonic() - self._begun, 1e-9)
        counts = f"{report.documents:,} documents, {report.mentions:,} mentions, {rate:,.0f} documents/s"
        if report.refused:
            counts += f", {len(report.refused):,} refused"
        self._bar.update(self._task, completed=done, counts=counts)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()


class Steps:
    """Work of several steps, each with an amount of its own: the `progress` of a training."""

    def __init__(self, *, shown: bool = True) -> None:
        target = console(stderr=True)
        self._bar = rich_progress.Progress(
            rich_progress.TextColumn("{task.description}"),
            rich_progress.BarColumn(),
            rich_progress.MofNCompleteColumn(),
            rich_progress.TimeRemainingColumn(elapsed_when_finished=True),
            console=target,
            disable=not (shown and target.is_terminal),
        )
        self._tasks: dict[str, rich_progress.TaskID] = {}

    def show(self, doing: str, done: int, total: int) -> None:
        """Show how far a step is; `total` 0 is not known."""
        if doing not in self._tasks:
            self._tasks[doing] = self._bar.add_task(doing, total=None)
        self._bar.update(self._tasks[doing], completed=done, total=total or None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
