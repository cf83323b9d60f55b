"""Tables of curves: a line a size, a line a width."""

from __future__ import annotations

from rich.table import Table as Grid

from hybrid.cli.curve_tables import dimensions_to_text, scale_to_text
from hybrid.evaluation.dimensions import WidthCurve, WidthPoint
from hybrid.evaluation.scale import ScaleCurve, ScalePoint


def cells(grid: Grid) -> list[list[str]]:
    columns = [list(column.cells) for column in grid.columns]
    return [[str(column.header) for column in grid.columns], *map(list, zip(*columns, strict=True))]


def test_a_size_has_its_r_and_the_headline_of_every_system():
    points = (
        ScalePoint(1000, {"a": 2, "b": 2}, {13: {"bm25": {"RPrec": 0.5}, "typed": {"RPrec": 0.75}}}),
        ScalePoint(2500, {"a": 5, "b": 1200}, {13: {"bm25": {"RPrec": 0.25}, "typed": {"RPrec": 0.5}}}),
    )
    head, grid = scale_to_text(ScaleCurve("made", "gold", points, ("c",)))
    assert head.plain == (
        "\nmade  RPrec by number of texts, gold mentions, the same 2 types at every size, "
        "without an answer in the first and left out: c"
    )
    assert cells(grid) == [
        ["texts", "R", "bm25", "typed"],
        ["1,000", "2", "0.500", "0.750"],
        ["2,500", "5 to 1,200", "0.250", "0.500"],
    ]


def test_a_width_has_what_it_holds_and_its_measures():
    points = (WidthPoint(32, 0.9, {"RPrec": 0.4, "AP": 0.3}, {}), WidthPoint(256, 1.0, {"RPrec": 0.5, "AP": 0.4}, {}))
    head, grid = dimensions_to_text(WidthCurve("made", "detected", points))
    assert head.plain == "\nmade  typed by the width of vectors cut to their principal axes, detected mentions"
    assert cells(grid) == [
        ["width", "held", "RPrec", "AP"],
        ["32", "0.900", "0.400", "0.300"],
        ["256", "1.000", "0.500", "0.400"],
    ]


def test_names_cannot_steer_the_terminal():
    points = (ScalePoint(1, {"a": 1}, {13: {"\x1b[31m": {"RPrec": 0.5}}}),)
    head, grid = scale_to_text(ScaleCurve("x", "gold", points, ("\x1b[2J",)))
    assert "\x1b" not in head.plain
    assert cells(grid)[0][2] == "␛[31m"


def test_of_several_draws_the_mean_and_the_spread_are_shown():
    draws = {13: {"bm25": {"RPrec": 0.5}}, 14: {"bm25": {"RPrec": 0.25}}}
    _, grid = scale_to_text(ScaleCurve("made", "gold", (ScalePoint(400, {"a": 2}, draws),), ()))
    assert cells(grid)[1] == ["400", "2", "0.375 ±0.125"]
