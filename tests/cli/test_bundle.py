from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from hybrid.encoding import shipped
from hybrid.evaluation.dev import FILES


def test_show_says_what_a_bundle_says_of_itself(hybrid, tiny):
    [shape] = hybrid("bundle", "show", tiny, "--json").lines
    assert (shape["name"], shape["licence"], shape["taps"]) == ("tiny", "Apache-2.0", ["hidden@1:mean"])
    lines = hybrid("bundle", "show", tiny).out.splitlines()
    named = {line.split(maxsplit=1)[0]: line.split(maxsplit=1)[1] for line in lines}
    assert named["fingerprint"] == shape["fingerprint"]
    assert "calibration" not in named


def test_list_names_the_bundles_that_ship(hybrid):
    assert [line["name"] for line in hybrid("bundle", "list", "--json").lines] == list(shipped())
    assert [line.split()[0] for line in hybrid("bundle", "list").out.splitlines()] == list(shipped())


def test_what_is_no_bundle_ends_with_1(hybrid, tmp_path):
    for name in (str(tmp_path), "no-such-bundle"):
        result = hybrid("bundle", "show", name)
        assert (result.code, result.out, len(result.err.splitlines())) == (1, "", 1)


def test_a_damaged_bundle_is_refused(hybrid, tiny, tmp_path):
    folder = tmp_path / "damaged"
    folder.mkdir()
    for file in Path(tiny).iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "heads.safetensors").write_bytes((folder / "heads.safetensors").read_bytes()[:-8])
    result = hybrid("bundle", "show", folder)
    assert (result.code, "damaged" in result.err) == (1, True)


@pytest.fixture
def head(tmp_path):
    """A head file as the paper's authors save it, with a narrower input."""
    torch.manual_seed(1)
    shapes = {"net.0.weight": (6, 32), "net.0.bias": (6,), "net.3.weight": (4, 6), "net.3.bias": (4,)}
    torch.save({name: torch.randn(shape) for name, shape in shapes.items()}, tmp_path / "head.pth")
    return tmp_path / "head.pth"


def test_import_makes_a_bundle_of_the_authors_head(hybrid, head, tmp_path):
    commit = "0" * 40
    options = ("--source", f"hub:meta-llama/Llama-3.1-8B@{commit}", "--width", 32)
    result = hybrid("bundle", "import", head, tmp_path / "llama", *options)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"llama was written to {tmp_path / 'llama'}, fingerprint ")
    [shape] = hybrid("bundle", "show", tmp_path / "llama", "--json").lines
    assert (shape["taps"], shape["heads"]["mention"][0]["layers"]) == (["value@17:last"], [32, 6, 4])


def test_import_refuses_what_is_no_such_head(hybrid, head, tmp_path):
    result = hybrid("bundle", "import", head, tmp_path / "llama", "--source", f"hub:x/y@{'0' * 40}")
    assert (result.code, "takes 32 numbers, expected 1024" in result.err) == (1, True)
    assert not (tmp_path / "llama").exists()
    assert hybrid("bundle", "import", head, tmp_path / "llama").code == 2


@pytest.fixture
def dev(tmp_path):
    """A folder with the four tasks, three short texts each, of which two mention a place."""
    folder = tmp_path / "corpora"
    texts = ("Oslo\t{0}place\nis\tO\nbig\tO", "Bergen\t{0}place\nis\tO\nwet\tO", "Ada\t{0}person\nsang\tO")
    for scheme, files in FILES.values():
        for file in files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text("\n\n".join(texts).format("B-" if scheme == "bio" else "") + "\n")
    task = {"sentences": [0, 1, 2], "R": {"place": 2, "person": 1}}
    (folder / "dev").mkdir()
    (folder / "dev" / "samples.json").write_text(json.dumps({"tasks": dict.fromkeys(FILES, task)}))
    words = {"place": "city", "person": "person"}
    (folder / "dev" / "types.json").write_text(json.dumps(dict.fromkeys(FILES, words)))
    return folder


@pytest.fixture
def mine(tiny, tmp_path):
    """A bundle of one's own, to be written to."""
    return shutil.copytree(tiny, tmp_path / "mine")


def test_learn_weights_writes_the_fusion_that_auto_runs(hybrid, mine, dev, news, tmp_path):
    before = hybrid("bundle", "show", mine, "--json").lines[0]
    [choice] = hybrid("bundle", "learn-weights", mine, "--dev", dev, "--json").lines
    after = hybrid("bundle", "show", mine, "--json").lines[0]
    assert (after["planner"] or {"how": "typed"})["how"] == choice["how"]
    assert after["fingerprint"] == before["fingerprint"]
    [plan] = hybrid("plan", news, "city", "--encoder", mine, "--json").lines
    assert plan["how"] == choice["how"]
    shown = hybrid("bundle", "learn-weights", mine, "--dev", dev).out
    assert shown.startswith(f"auto runs {choice['how']}: R-Precision ")
    assert "chosen on half of the types, on the other half: " in shown
    assert after["training"]["measured"]["planner"]["keeps"] == choice["keeps"]


def test_calibrate_writes_how_probable_a_match_is(hybrid, mine, dev, news):
    before = hybrid("bundle", "show", mine, "--json").lines[0]
    [told] = hybrid("bundle", "calibrate", mine, "--dev", dev, "--json").lines
    after = hybrid("bundle", "show", mine, "--json").lines[0]
    assert after["calibration"] == told["calibration"]
    assert after["fingerprint"] == before["fingerprint"]
    assert after["training"]["measured"]["calibration"]["method"] == told["calibration"]["method"]
    [hit, *_] = hybrid("find", news, "city", "--encoder", mine, "--how", "typed", "--json").lines
    assert all(0.0 <= mention["probability"] <= 1.0 for mention in hit["mentions"])
    assert " %)" in hybrid("find", news, "city", "--encoder", mine, "--how", "typed").out


def test_people_read_what_was_told_beside_what_came_true(hybrid, mine, dev):
    lines = hybrid("bundle", "calibrate", mine, "--dev", dev).out.splitlines()
    assert {lines[0].split(":")[0], lines[1].split(":")[0]} == {"calibration", "not taken"}
    heads = [line.split() for line in lines if line.startswith("probability")]
    assert heads == [["probability", "share", "told", "right"]] * 2


def test_evaluate_measures_each_task_with_both_kinds_of_mentions(hybrid, mine, dev):
    figures = hybrid("bundle", "evaluate", mine, "--dev", dev, "--json").lines
    assert {(one["task"], one["spans"]) for one in figures} == {
        (task, spans) for task in FILES for spans in ("gold", "detected")
    }
    told = hybrid("bundle", "evaluate", mine, "--dev", dev, "--write").out.splitlines()
    named = [line.split(" mentions: ")[0] for line in told]
    assert named == [*(f"{one['task']}, {one['spans']}" for one in figures), "mean, gold", "mean, detected"]
    written = hybrid("bundle", "show", mine, "--json").lines[0]["training"]["measured"]["dev"]
    assert [one["task"] for one in written] == [one["task"] for one in figures]


def test_corpora_that_are_not_there_end_with_1(hybrid, mine, tmp_path):
    result = hybrid("bundle", "evaluate", mine, "--dev", tmp_path)
    assert (result.code, len(result.err.splitlines())) == (1, 1)
