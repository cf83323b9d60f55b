"""What `hybrid eval` does: run, collect, and hand over to tables, files and plots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hybrid.cli.comparison_tables import budget_to_table, table_to_text
from hybrid.cli.eval_asked import USUAL, Asked
from hybrid.cli.eval_further import Further, Measured, further, wanted_parts
from hybrid.cli.progress import Steps
from hybrid.cli.render import console
from hybrid.cli.reporting import print_json
from hybrid.encoding import load
from hybrid.encoding.extras import require
from hybrid.encoding.protocol import Encoder
from hybrid.errors import InvalidInput, StorageError, shorten
from hybrid.evaluation.budget import Budget, Budgets, budget_to_json
from hybrid.evaluation.collection import index_on
from hybrid.evaluation.comparison import check_passages, run_systems
from hybrid.evaluation.opening import open_tasks
from hybrid.evaluation.plots import check_plot, plot_budgets, plot_types
from hybrid.evaluation.report import Results, Table, report_to_json
from hybrid.evaluation.systems.factory import AUTO, on_server, open_system, split_names
from hybrid.evaluation.systems.protocol import System
from hybrid.evaluation.task import Task
from hybrid.evaluation.trec import file_name, write_qrels, write_run

STDOUT = Path("-")


def compare(asked: Asked) -> None:
    """Run the systems, then show and write what they gave.

    Raises:
        HybridError: what was asked cannot be run; most of it is found before anything runs.
    """
    require("evaluation", "eval", "ir_measures", "scipy")
    encoder = load(asked.encoder)
    systems = chosen_systems(asked, encoder)
    if asked.plot:
        check_plot(asked.plot)
        if not systems:
            raise InvalidInput("--plot draws systems, and none runs: give --systems, too")
    if asked.target:
        index_on(asked.target)
    tasks = open_tasks(asked.datasets, asked.corpora)
    wanted = wanted_parts(asked, encoder)
    tables, budgets = _measured(asked, systems, tasks, encoder)
    parts = list(further(wanted, Measured(asked, tasks, systems, tables, encoder)))
    if asked.json is not None:
        report = with_budgets(report_to_json(tables), budgets)
        write_json(asked.json, {**report, **{part.key: part.json for part in parts}})
    if asked.plot:
        plot_types(tables, asked.plot)
        if budgets:
            plot_budgets(budgets, _beside(asked.plot, "budget"))
        for part in parts:
            if part.plot:
                part.plot(_beside(asked.plot, part.key))
    if not asked.quiet and asked.json != STDOUT:
        _show(tables, budgets, parts, asked.types)


def _beside(plot: Path, key: str) -> Path:
    return plot.with_stem(f"{plot.stem}-{key}")


def chosen_systems(asked: Asked, encoder: Encoder) -> list[System]:
    """The systems that were asked for, those of them that a server can run twice where there is one.

    Raises:
        InvalidInput: a name that is no system, one that needs what the encoder has not, a baseline that is none of
            them, or a budget without both mentions.
    """
    names = _names(asked, encoder)
    if asked.budget:
        if len(asked.spans) < 2:
            raise InvalidInput("a budget compares gold with detected mentions: leave --spans out")
        names = tuple(dict.fromkeys((*names, AUTO)))
    own = [open_system(name) for name in names]
    check_passages(own, encoder)
    systems = [one for system in own for one in (system, on_server(system) if asked.target else None) if one]
    known = [system.name for system in systems]
    if asked.baseline is not None and asked.baseline not in known:
        raise InvalidInput(f"the baseline {shorten(asked.baseline)} is none of the systems {', '.join(known)}")
    if asked.run_dir:
        _check_files(known)
    return systems


def _names(asked: Asked, encoder: Encoder) -> tuple[str, ...]:
    if asked.systems is not None:
        return split_names(asked.systems)
    if asked.detectors is not None:
        return ()
    return tuple(name for name in USUAL if name != "dense" or name in encoder.dimensions.legs)


def _check_files(names: Sequence[str]) -> None:
    files: dict[str, str] = {}
    for name in names:
        other = files.setdefault(file_name(name), name)
        if other != name:
            raise InvalidInput(f"the systems {shorten(other)} and {shorten(name)} would write the same run file")


def _measured(
    asked: Asked, systems: Sequence[System], tasks: Sequence[Task], encoder: Encoder
) -> tuple[tuple[Table, ...], tuple[Budget, ...]]:
    results, budgets = Results(asked.baseline), Budgets(encoder, server=asked.target is not None)
    reported = {system.name for system in systems}
    more = [system for system in budgets.systems() if system.name not in reported] if asked.budget else []
    if asked.run_dir:
        for task in tasks:
            write_qrels(task, asked.run_dir)
    with Steps(shown=not asked.quiet) as steps:
        every = [*systems, *more]
        for task, run in run_systems(
            tasks, every, encoder, spans=asked.spans, server=asked.target, progress=steps.show
        ):
            if asked.budget:
                budgets.add(task, run)
            if run.system in reported:
                results.add(task, run)
                if asked.run_dir:
                    write_run(task, run, asked.run_dir)
    return results.tables(), budgets.budgets()


def with_budgets(
    report: dict[str, dict[str, dict[str, Any]]], budgets: Sequence[Budget]
) -> dict[str, dict[str, dict[str, Any]]]:
    """The report with each data set's budget beside what it splits: the figures of `hybrid` on detected mentions."""
    for budget in budgets:
        report[f"{budget.name}/detected"][AUTO]["budget"] = budget_to_json(budget)
    return report


def write_json(path: Path, report: Any) -> None:
    """The report as JSON: to a file, or to stdout for `-`.

    Raises:
        StorageError: the file cannot be written.
    """
    if path == STDOUT:
        print_json(report)
        return
    import orjson

    try:
        path.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror})") from error


def _show(tables: Sequence[Table], budgets: Sequence[Budget], parts: Sequence[Further], types: bool) -> None:
    out = console()
    for table in tables:
        for part in table_to_text(table, types=types):
            out.print(part)
    for budget in budgets:
        for part in budget_to_table(budget):
            out.print(part)
    for own in parts:
        for part in own.tables:
            out.print(part)
