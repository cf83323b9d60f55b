"""Tables of `hybrid eval`: what stands in which cell."""

from __future__ import annotations

from rich.table import Table as Grid

from hybrid.cli.comparison_tables import budget_to_table, table_to_text
from hybrid.evaluation.budget import Budget
from hybrid.evaluation.report import Row, Table


def cells(grid: Grid) -> list[list[str]]:
    columns = [list(column.cells) for column in grid.columns]
    return [[str(column.header) for column in grid.columns], *map(list, zip(*columns, strict=True))]


def row(system: str, p: float | None = None) -> Row:
    types = {"a": {"RPrec": 0.5}, "b": {"RPrec": 0.25}}
    return Row(system, {"RPrec": 0.375, "AP": 0.3}, (0.25, 0.5), p, p, types)


def test_a_row_holds_the_headline_its_interval_and_the_other_measures():
    head, grid = table_to_text(Table("made", "gold", (row("bm25"),), 10, (1000, 1000), {"a": 2, "b": 3}))
    assert head.plain == "\nmade  gold mentions, 2 types, 10 texts, depth 1,000"
    assert cells(grid) == [["system", "RPrec", "95 %", "AP"], ["bm25", "0.375", "0.250–0.500", "0.300"]]


def test_tests_have_columns_where_there_is_a_baseline():
    _, grid = table_to_text(Table("made", "gold", (row("bm25"), row("typed", 0.0312)), 10, (1000, 1000), {"a": 1}))
    assert [line[3:5] for line in cells(grid)] == [["p", "p (Holm)"], ["–", "–"], ["0.0312", "0.0312"]]


def test_types_have_a_table_of_their_own_with_their_number_of_answers():
    _, _, grid = table_to_text(Table("made", "gold", (row("x"),), 10, (1000, 1000), {"a": 2, "b": 3}), types=True)
    assert cells(grid) == [["RPrec by type", "R", "x"], ["a", "2", "0.500"], ["b", "3", "0.250"]]


def test_the_head_tells_depths_that_are_too_small_and_types_without_an_answer():
    table = Table("made", "detected", (row("x"),), 20_000, (1000, 10_000), {"a": 2, "b": 7000}, ("c", "d"))
    head, _ = table_to_text(table)
    assert head.plain.endswith("depth 1,000 to 10,000, for 1 types less than 2 R, without an answer and left out: c, d")


def test_names_of_systems_cannot_steer_the_terminal():
    _, grid = table_to_text(Table("made", "gold", (row("dense:\x1b[31m"),), 1, (1000, 1000), {"a": 1}))
    assert cells(grid)[1][0] == "dense:␛[31m"


def test_a_budget_has_a_line_in_all_and_one_a_type():
    losses = {"embedding": 0.4, "detection": 0.1, "approximation": None, "compression": 0.0, "fusion": -0.05}
    head, grid = budget_to_table(Budget("made", "typed", losses, {"a": losses}))
    assert "best single leg: typed" in head.plain
    assert cells(grid)[1] == ["in all", "0.400", "0.100", "–", "0.000", "-0.050", "0.450"]
    assert cells(grid)[2][0] == "a"
