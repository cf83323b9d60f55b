"""Tables of how new types are."""

from __future__ import annotations

from rich.table import Table as Grid

from hybrid.cli.zero_shot_tables import zero_shot_to_text
from hybrid.evaluation.by_distance import Bucket
from hybrid.evaluation.zero_shot import TRAINED, Nearest


def cells(grid: Grid) -> list[list[str]]:
    columns = [list(column.cells) for column in grid.columns]
    return [[str(column.header) for column in grid.columns], *map(list, zip(*columns, strict=True))]


def test_types_stand_with_their_nearest_and_results_by_distance():
    nearest = {
        "made": {
            "creative-work": Nearest("creative work", None, 0.0, "artist", 0.421, ()),
            "film": Nearest("films", "film", 1.0, "film", 0.98, ("few-nerd",), ("wordnet", "mined")),
        }
    }
    buckets = {
        "gold": (
            Bucket("name", TRAINED, 1, {"bm25": 0.5, "typed": 0.9}),
            Bucket("head", "cosine ≥ 0.5", 2, {"bm25": 0.25}),
        )
    }
    head, types, by_name, named, by_head, headed, *_ = zero_shot_to_text(nearest, buckets)
    assert "those of the labelled corpora that the bundle was trained on" in head.plain
    assert cells(types)[1:] == [
        ["creative-work", "creative work", "–", "0.00", "artist", "0.42", ""],
        ["film", "films", "film", "1.00", "film", "0.98", "trained on: few-nerd; named in: wordnet, mined"],
    ]
    assert by_name.plain.startswith("\nRPrec by name  gold mentions")
    assert cells(named) == [["distance", "types", "bm25", "typed"], [TRAINED, "1", "0.500", "0.900"]]
    assert by_head.plain.startswith("\nRPrec by head")
    assert cells(headed) == [["distance", "types", "bm25"], ["cosine ≥ 0.5", "2", "0.250"]]
