"""What systems gave, as numbers: per type, per data set and over all data sets, with intervals and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from hybrid.errors import InvalidInput, shorten
from hybrid.evaluation.ir import HEADLINE, MEASURES, answered, measure
from hybrid.evaluation.legs import Spans
from hybrid.evaluation.opening import MEAN
from hybrid.evaluation.runs import Run
from hybrid.evaluation.significance import bootstrap_interval, holm, paired_test
from hybrid.evaluation.task import Task
from hybrid.planning.planner import default_depth


@dataclass(frozen=True, slots=True)
class Row:
    """One system on one data set, or over all of them.

    `values`: macro means by measure. `interval`: of the headline, 95 %. `p`, `p_holm`: of the headline against the
    baseline, None where there is none or for the baseline itself. `types`: label to measure to value.
    """

    system: str
    values: Mapping[str, float]
    interval: tuple[float, float]
    p: float | None = None
    p_holm: float | None = None
    types: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a data set under one kind of mentions.

    `depth`: from how many to how many texts were ranked for a type. `answers`: R of each type; `unanswered`: types that
    no text answers, which no mean holds.
    """

    name: str
    spans: Spans
    rows: tuple[Row, ...]
    texts: int
    depth: tuple[int, int]
    answers: Mapping[str, int] = field(default_factory=dict)
    unanswered: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its name in JSON: `politics` with gold mentions, `politics/detected` with detected ones."""
        return self.name if self.spans == "gold" else f"{self.name}/{self.spans}"


Values = Mapping[str, Mapping[str, float]]


class Results:
    """Measures of runs as they come in; `tables` at the end. Rankings are not kept."""

    def __init__(self, baseline: str | None = None) -> None:
        """`baseline`: the system that all others are tested against."""
        self._baseline = baseline
        self._tasks: dict[str, Task] = {}
        self._values: dict[tuple[Spans, str], dict[str, Values]] = {}

    def add(self, task: Task, run: Run) -> None:
        """Measure a run."""
        self._tasks[task.name] = task
        self._values.setdefault((run.spans, task.name), {})[run.system] = measure(task, run.rankings)

    def tables(self) -> tuple[Table, ...]:
        """A table for every data set and kind of mentions, and one of means where there are several data sets.

        Raises:
            InvalidInput: the baseline was not among the systems.
        """
        tables = []
        for spans in dict.fromkeys(spans for spans, _ in self._values):
            own = {name: values for (kind, name), values in self._values.items() if kind == spans and _any(values)}
            for name, values in own.items():
                tables.append(self._table(name, spans, {system: [one] for system, one in values.items()}, [name]))
            if len(own) > 1:
                together = {system: [values[system] for values in own.values()] for system in next(iter(own.values()))}
                tables.append(self._table(MEAN, spans, together, list(own)))
        return tuple(tables)

    def _table(self, name: str, spans: Spans, values: Mapping[str, Sequence[Values]], tasks: Sequence[str]) -> Table:
        answers = [{label: len(found) for label, found in answered(self._tasks[task]).items()} for task in tasks]
        depths = [default_depth(count, 0) for own in answers for count in own.values()]
        single = self._tasks[tasks[0]] if name != MEAN else None
        return Table(
            name,
            spans,
            _rows(values, self._baseline, with_types=single is not None),
            sum(len(self._tasks[task].sentences) for task in tasks),
            (min(depths), max(depths)),
            answers[0] if single else {},
            tuple(label for label in single.types if label not in answers[0]) if single else (),
        )


def report_to_json(tables: Sequence[Table]) -> dict[str, dict[str, dict[str, Any]]]:
    """`{data set: {system: {"RPrec": …, "types": {label: {…}}}}}`; every number that the tables hold."""
    return {table.key: {row.system: _row_to_json(row, table) for row in table.rows} for table in tables}


def _row_to_json(row: Row, table: Table) -> dict[str, Any]:
    tested = {"p": row.p, "p_holm": row.p_holm} if row.p is not None else {}
    types = {label: {**values, "R": table.answers[label]} for label, values in row.types.items()}
    return {
        **row.values,
        f"{HEADLINE}_interval": list(row.interval),
        **tested,
        "spans": table.spans,
        "depth": list(table.depth),
        "types": types,
    }


def _rows(values: Mapping[str, Sequence[Values]], baseline: str | None, *, with_types: bool) -> tuple[Row, ...]:
    headlines = {system: [[one[HEADLINE] for one in own.values()] for own in sets] for system, sets in values.items()}
    tests = {} if baseline is None else _tests(headlines, baseline)
    rows = []
    for system, sets in values.items():
        p, corrected = tests.get(system, (None, None))
        types = dict(sets[0]) if with_types else {}
        rows.append(Row(system, macro_means(sets), bootstrap_interval(headlines[system]), p, corrected, types))
    return tuple(rows)


def _tests(headlines: Mapping[str, Sequence[Sequence[float]]], baseline: str) -> dict[str, tuple[float, float]]:
    if baseline not in headlines:
        raise InvalidInput(f"the baseline {shorten(baseline)} is none of the systems {', '.join(headlines)}")
    raw = {
        system: paired_test(groups, headlines[baseline]) for system, groups in headlines.items() if system != baseline
    }
    return {system: (raw[system], p) for system, p in zip(raw, holm(list(raw.values())), strict=True)}


def macro_means(sets: Sequence[Values]) -> dict[str, float]:
    """Means over types, then over data sets; a measure that no type has is left out."""
    means: dict[str, float] = {}
    for name in MEASURES:
        own = [[values[name] for values in one.values() if name in values] for one in sets]
        if all(own):
            means[name] = fmean(map(fmean, own))
    return means


def _any(values: Mapping[str, Values]) -> bool:
    return any(values.values())
