"""Plots: what they show, and that they are written."""

import numpy as np
import pytest

from hybrid.errors import InvalidInput, StorageError
from hybrid.evaluation.budget import Budget
from hybrid.evaluation.dimensions import WidthCurve, WidthPoint
from hybrid.evaluation.plots import (
    Heat,
    check_plot,
    plot_budgets,
    plot_heat,
    plot_scale,
    plot_types,
    plot_widths,
    types_in_order,
    waterfall,
)
from hybrid.evaluation.report import Row, Table
from hybrid.evaluation.scale import ScaleCurve, ScalePoint


def table_of(name="made", **systems) -> Table:
    rows = tuple(
        Row(system, {"RPrec": sum(values) / len(values)}, (0.0, 1.0),
            types={label: {"RPrec": value} for label, value in zip("abc", values, strict=True)})
        for system, values in systems.items()
    )  # fmt: skip
    return Table(name, "gold", rows, 10, (1000, 1000), {"a": 1, "b": 2, "c": 3})


TABLE = table_of(bm25=(0.9, 0.1, 0.2), typed=(0.5, 0.9, 0.7))
LOSSES = {"embedding": 0.4, "detection": 0.1, "approximation": None, "compression": 0.0, "fusion": -0.05}
BUDGET = Budget("made", "typed", LOSSES, {})


def test_types_fall_by_the_system_with_the_best_mean():
    assert types_in_order(TABLE) == ["b", "c", "a"]


def test_a_waterfall_goes_from_1_to_what_is_left():
    bars = waterfall(BUDGET)
    assert [bar[0] for bar in bars] == ["embedding", "detection", "compression", "fusion", "RPrec"]
    assert [bar[1] for bar in bars] == pytest.approx([0.6, 0.5, 0.5, 0.5, 0.0])
    assert [bar[2] for bar in bars] == pytest.approx([0.4, 0.1, 0.0, 0.05, 0.55])
    assert [bar[3] for bar in bars] == [False, False, False, True, True]


def test_lines_and_names_of_types_stand_in_the_picture(tmp_path):
    plot_types([TABLE, table_of("other", dense=(0.1, 0.2, 0.3))], tmp_path / "types.svg")
    drawn = (tmp_path / "types.svg").read_text()
    for text in ("made", "other", "bm25", "typed", "dense", "R-Precision"):
        assert f"<!-- {text} -->" in drawn


def test_curves_show_their_sizes_and_systems(tmp_path):
    points = tuple(ScalePoint(size, {"a": 1}, {13: {"bm25": {"RPrec": 0.2}}}) for size in (1000, 2000))
    plot_scale([ScaleCurve("made", "detected", points, ())], tmp_path / "scale.svg")
    drawn = (tmp_path / "scale.svg").read_text()
    for text in ("made/detected", "bm25", "1,000", "2,000", "texts", "R-Precision"):
        assert f"<!-- {text} -->" in drawn


def test_widths_of_all_data_sets_stand_in_one_panel(tmp_path):
    points = tuple(WidthPoint(width, 1.0, {"RPrec": 0.2}, {"a": 0.2}) for width in (32, 256))
    curves = [WidthCurve("one", "gold", points), WidthCurve("two", "detected", points)]
    plot_widths(curves, tmp_path / "widths.svg")
    drawn = (tmp_path / "widths.svg").read_text()
    for text in ("one", "two/detected", "32", "256", "width of the vectors"):
        assert f"<!-- {text} -->" in drawn


def test_a_heat_map_has_its_figures_in_the_cells(tmp_path):
    values = np.array([[0.125, 0.25], [0.375, 0.5]])
    plot_heat([Heat(title, ("0", "1"), ("hidden:mean", "key:last"), values) for title in ("plain", "centred")],
              tmp_path / "heat.svg")  # fmt: skip
    drawn = (tmp_path / "heat.svg").read_text()
    for text in ("plain", "centred", "block", "hidden:mean", "key:last", "0.125", "0.500"):
        assert f"<!-- {text} -->" in drawn


def test_no_curve_is_an_empty_picture(tmp_path):
    for draw in (plot_scale, plot_widths):
        draw([], tmp_path / "none.png")
        assert (tmp_path / "none.png").stat().st_size > 0


@pytest.mark.parametrize(("name", "begins"), [("b.png", b"\x89PNG"), ("b.pdf", b"%PDF"), ("b.svg", b"<?xml")])
def test_the_ending_says_the_format(tmp_path, name, begins):
    plot_budgets([BUDGET] * 3, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_report_without_types_is_an_empty_picture(tmp_path):
    plot_types([], tmp_path / "none.png")
    assert (tmp_path / "none.png").stat().st_size > 0


def test_what_cannot_be_drawn_or_written_is_said(tmp_path):
    with pytest.raises(InvalidInput, match=r"'plot\.bmp' ends with none"):
        check_plot(tmp_path / "plot.bmp")
    with pytest.raises(StorageError, match="cannot be written"):
        plot_types([TABLE], tmp_path / "nowhere" / "plot.png")
