"""`hybrid train sweep`: what it is asked, and its tables, lines and heat map."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hybrid.cli.sweep import parse_blocks
from hybrid.cli.sweep_tables import heats_of, sweep_to_text
from hybrid.encoding.manifest import BackboneSpec
from hybrid.encoding.taps import parse_tap
from hybrid.errors import InvalidInput
from hybrid.training.sweep import Sweep, SweepConfig, SweptTask, TapFigures

DOCUMENTS = (
    {"id": "a", "text": "Oslo lies on no river", "mentions": [{"start": 0, "end": 4, "type": "city"}]},
    {"id": "b", "text": "the Danube is long", "mentions": [{"start": 4, "end": 10, "type": "river"}]},
)
FOUND = Sweep(
    tuple(
        TapFigures(parse_tap(f"{kind}@{block}:last"), {"made": plain, "mean": plain}, {"made": 0.5, "mean": 0.5})
        for block, kind, plain in ((0, "hidden", 0.1), (0, "key", 0.3), (1, "hidden", 0.4), (1, "key", 0.2))
    ),
    (SweptTask("made", 1200, 3400, 5),),
    bos=True,
)


@pytest.fixture
def places(tmp_path):
    """A data set of two texts."""
    folder = tmp_path / "places"
    folder.mkdir()
    (folder / "documents.jsonl").write_text("".join(json.dumps(document) + "\n" for document in DOCUMENTS))
    (folder / "types.json").write_text('{"city": "city", "river": "river"}')
    return folder


def test_a_line_a_tap_behind_how_it_was_measured(hybrid, tiny, places):
    plot = places / "heat.svg"
    options = ("--bundle", tiny, "--states", "value,hidden", "--blocks", "1", "--pooling", "last", "--plot", plot)
    result = hybrid("train", "sweep", "--dev", places, *options, "--carrier", "{type}", "--json")
    about, *taps = result.lines
    assert about["swept"]["tasks"] == {"places": {"texts": 2, "mentions": 2, "types": 2}}
    assert (about["swept"]["carriers"], about["swept"]["bos"]) == (["{type}"], False)
    assert [tap["tap"] for tap in taps] == ["hidden@1:last", "value@1:last"]
    assert all(set(tap[way]) == {"places", "mean"} for tap in taps for way in ("plain", "centred"))
    assert "<!-- hidden:last -->" in plot.read_text()


def test_a_table_for_people_and_nothing_if_quiet(hybrid, tiny, places):
    assert "hidden@1:mean" in hybrid("train", "sweep", "--dev", places, "--bundle", tiny, "--blocks", "1").out
    assert hybrid("train", "sweep", "--dev", places, "--bundle", tiny, "--blocks", "1", "--quiet").out == ""


def test_blocks_by_states_and_the_best_with_every_task():
    about, *parts = sweep_to_text(FOUND, SweepConfig(BackboneSpec(("folder:x",), None, None)))
    assert about.plain == (
        "folder:x without a head, types asked as 'a {type}', each text after the token that begins one\n"
        "made: 1,200 texts, 3,400 mentions, 5 types"
    )
    head, blocks, _, best = parts[:4]
    assert head.plain == "\nR-Precision, plain"
    assert rows(blocks) == [["0", "0.100", "0.300"], ["1", "0.400", "0.200"]]
    assert rows(best)[:2] == [["hidden@1:last", "0.400", "0.400"], ["key@0:last", "0.300", "0.300"]]


def rows(grid):
    return [list(map(str, row)) for row in zip(*(column.cells for column in grid.columns), strict=True)]


def test_heat_maps_are_of_means_plain_and_centred():
    plain, centred = heats_of(FOUND)
    assert (plain.rows, plain.columns) == (("0", "1"), ("hidden:last", "key:last"))
    np.testing.assert_array_equal(plain.values, [[0.1, 0.3], [0.4, 0.2]])
    np.testing.assert_array_equal(centred.values, np.full((2, 2), 0.5))


def test_blocks_are_numbers_and_ranges():
    assert parse_blocks("11, 0-2,1") == (0, 1, 2, 11)
    for wrong in ("", "a", "3-1", "-1", "1-", "1,,2"):
        with pytest.raises(InvalidInput, match="expected blocks such as 0-5,11"):
            parse_blocks(wrong)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "--dev"),
        (["--dev", "x", "--states", "hidden,query"], "--states has 'query'; expected some of hidden, value, key"),
        (["--dev", "x", "--pooling", "max"], "--pooling has 'max'"),
        (["--dev", "x", "--carrier", "a type"], "must hold {type} once"),
        (["--dev", "x", "--plot", "heat.bmp"], "ends with none"),
    ],
)
def test_wrong_usage_ends_with_2(hybrid, monkeypatch, arguments, sentence):
    monkeypatch.setenv("COLUMNS", "200")
    result = hybrid("train", "sweep", *arguments)
    assert (result.code, sentence in result.err) == (2, True)


def test_the_training_above_it_still_says_what_it_lacks(hybrid):
    assert "sweep" in hybrid("train", "--help").out
    result = hybrid("train", "--data", "few-nerd=x")
    assert (result.code, "Missing option '--out'" in result.err) == (2, True)
