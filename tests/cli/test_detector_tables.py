"""The table of detectors."""

from __future__ import annotations

from hybrid.cli.detector_tables import detectors_to_text
from hybrid.evaluation.detection import SpanFigures
from hybrid.evaluation.detectors import DetectorTable

FIGURES = SpanFigures(0.5, 0.25, 0.75, 0.5, 0.5, 1.5, (0.125, 0.25, None))


def test_a_line_a_detector():
    head, grid = detectors_to_text(DetectorTable("made", 1200, 1800, {"gold": FIGURES}, {"gold": 0.625}))
    assert head.plain == "\nmade  what detectors find: 1,800 gold mentions in 1,200 texts, 1.50 a text"
    assert {str(column.header): next(iter(column.cells)) for column in grid.columns} == {
        "detector": "gold", "P": "0.500", "R": "0.250", "F1": "0.333", "overlap P": "0.750", "overlap R": "0.500",
        "lenient R": "0.500", "per text": "1.50", "R at 1": "0.125", "R at 2": "0.250", "R at 4": "–", "RPrec": "0.625",
    }  # fmt: skip


def test_r_precision_stands_only_where_it_was_measured():
    _, grid = detectors_to_text(DetectorTable("made", 1, 1, {"gold": FIGURES}, {}))
    assert [str(column.header) for column in grid.columns][-1] == "R at 4"
