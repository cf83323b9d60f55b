"""A progress bar on stderr with rate and time left, shown on a terminal only."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich import progress as rich_progress
from rich.text import Text

from hybrid.cli.render import console
from hybrid.indexing.report import IndexReport


class _Shown:
    """A bar that is on the terminal while its block runs."""

    _bar: rich_progress.Progress

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()


class Progress(_Shown):
    """How far a run is: `total` in any unit (None: not known), documents and mentions from its reports."""

    def __init__(self, doing: str, total: int | None, *, shown: bool = True) -> None:
        target = console(stderr=True)
        known = [rich_progress.BarColumn(), rich_progress.TaskProgressColumn()] if total else []
        self._bar = rich_progress.Progress(
            rich_progress.SpinnerColumn(),
            rich_progress.TextColumn("{task.description}"),
            *known,
            rich_progress.TextColumn("{task.fields[counts]}"),
            TimeLeft() if total else rich_progress.TimeElapsedColumn(),
            console=target,
            transient=True,
            disable=not (shown and target.is_terminal),
        )
        self._task = self._bar.add_task(doing, total=total or None, counts="starting", ends_at=None)
        self._pace = Pace(total)

    def show(self, report: IndexReport, done: int) -> None:
        """Show a run's report so far; `done` of the total is behind it."""
        self._pace.add(time.monotonic(), report.documents, done)
        counts = f"{report.documents:,} documents, {report.mentions:,} mentions, {self._pace.rate:,.0f} documents/s"
        if report.refused:
            counts += f", {len(report.refused):,} refused"
        self._bar.update(self._task, completed=done, counts=counts, ends_at=self._pace.ends_at)


class Pace:
    """How fast a run is, measured from its first report on: what lies before it is mostly the loading of weights.

    `rate` in documents a second; `ends_at` on the clock of the reports, None where it cannot be told.
    """

    def __init__(self, total: int | None) -> None:
        self._total, self._begun = total, time.monotonic()
        self._first: tuple[float, int, int] | None = None
        self.rate = 0.0
        self.ends_at: float | None = None

    def add(self, now: float, documents: int, done: int) -> None:
        """A report: so many documents, and so much of the total, at this time."""
        since, before, done_before = self._first or (self._begun, 0, 0)
        self._first = self._first or (now, documents, done)
        seconds = max(now - since, 1e-9)
        self.rate = (documents - before) / seconds
        if self._total and done > done_before:
            self.ends_at = now + (self._total - done) * seconds / (done - done_before)


class TimeLeft(rich_progress.ProgressColumn):
    """Counts down to a task's `ends_at` between its reports, which may be far apart."""

    def render(self, task: rich_progress.Task) -> Text:
        """Hours, minutes and seconds, or dashes."""
        ends_at = task.fields["ends_at"]
        if ends_at is None:
            return Text("-:--:-- left", style="progress.remaining")
        left = max(0, round(ends_at - time.monotonic()))
        return Text(f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02} left", style="progress.remaining")


class Steps(_Shown):
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
