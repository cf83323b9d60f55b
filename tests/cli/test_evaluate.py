"""`hybrid eval` from end to end, with a small real bundle."""

from __future__ import annotations

import json
import shutil

import pytest

DOCUMENTS = [
    {"id": "a", "text": "The river Rhine floods", "mentions": [{"start": 10, "end": 15, "type": "river"}]},
    {"id": "b", "text": "The Rhine in Basel", "mentions": [{"start": 4, "end": 9, "type": "river"}]},
    {"id": "c", "text": "A bank in Basel", "mentions": [{"start": 10, "end": 15, "type": "city"}]},
    {"id": "d", "text": "🦕 نهر", "mentions": []},
]


@pytest.fixture
def rivers(tmp_path):
    """A data set in the native form."""
    folder = tmp_path / "rivers"
    folder.mkdir()
    (folder / "documents.jsonl").write_text("\n".join(json.dumps(document) for document in DOCUMENTS))
    (folder / "types.json").write_text(json.dumps({"river": "river", "city": "bank"}))
    return folder


def test_json_holds_every_data_set_system_and_type(hybrid, rivers, tiny):
    result = hybrid("eval", rivers, "--encoder", tiny, "--systems", "bm25,typed,hybrid,bm25s", "--json", "-")
    assert result.code == 0, result.err
    [report] = result.lines
    assert list(report) == ["rivers", "rivers/detected"]
    assert list(report["rivers"]) == ["bm25", "typed", "hybrid", "bm25s"]
    lexical = report["rivers"]["bm25"]
    assert (lexical["types"]["river"]["RPrec"], lexical["types"]["city"]["RPrec"]) == (0.5, 1.0)
    assert lexical["RPrec"] == 0.75
    assert "MentionP" not in lexical
    assert 0.0 <= report["rivers"]["typed"]["MentionP"] <= 1.0
    assert report["rivers"]["bm25s"]["RPrec"] == lexical["RPrec"]


def test_people_read_a_table(hybrid, rivers, tiny):
    result = hybrid("eval", rivers, "--encoder", tiny, "--systems", "bm25,dense", "--spans", "gold", "--types")
    assert result.code == 0, result.err
    lines = [line.split() for line in result.out.splitlines() if line]
    assert lines[0] == ["rivers", "gold", "mentions,", "2", "types,", "4", "texts,", "depth", "1,000"]
    assert lines[1][:2] == ["system", "RPrec"]
    assert lines[2][:3] == ["bm25", "0.750", "0.500–1.000"]
    assert lines[3][0] == "dense"
    assert lines[5][:3] == ["river", "2", "0.500"]


def test_a_baseline_adds_tests(hybrid, rivers, tiny, tmp_path):
    file = tmp_path / "report.json"
    options = ("--encoder", tiny, "--systems", "bm25,bm25s", "--spans", "gold", "--baseline", "bm25")
    result = hybrid("eval", rivers, *options, "--json", file)
    assert result.code == 0, result.err
    assert "p (Holm)" in result.out
    assert json.loads(file.read_text())["rivers"]["bm25s"]["p_holm"] == 1.0


def test_trec_files_are_written(hybrid, rivers, tiny, tmp_path):
    options = ("--encoder", tiny, "--systems", "bm25", "--spans", "gold", "--run-dir", tmp_path / "runs")
    assert hybrid("eval", rivers, *options, "--quiet").out == ""
    assert sorted(file.name for file in (tmp_path / "runs").iterdir()) == ["rivers.gold.bm25.run", "rivers.qrels"]
    assert (tmp_path / "runs" / "rivers.qrels").read_text().splitlines()[0] == "river 0 a 1"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--systems", "bm52s"), 2, "did you mean 'bm25s'"),
        (("--systems", "rrf(bm25, dens)"), 2, "^"),
        (("--systems", "bm25", "--baseline", "dense"), 2, "the baseline 'dense' is none of the systems bm25"),
        (("--encoder", "maxilm"), 1, "no bundle and no folder is called 'maxilm'"),
        (("--spans", "none"), 2, "--spans"),
        (("--systems", "dense:package:no-such-model"), 1, "package no-such-model is not installed"),
        (("--target", "http://localhost:9200"), 2, "expected opensearch://"),
        (("--systems", "rrf(bm25,dense),rrf(bm25, dense)", "--run-dir", "x"), 2, "the same run file"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_runs(hybrid, rivers, arguments, code, sentence):
    result = hybrid("eval", rivers, *arguments)
    assert (result.code, sentence in result.err) == (code, True), result.err


@pytest.fixture
def calibrated(tiny, tmp_path):
    """The small bundle, calibrated by hand."""
    folder = shutil.copytree(tiny, tmp_path / "calibrated")
    manifest = json.loads((folder / "bundle.json").read_text())
    manifest["calibration"] = {"method": "platt", "slope": 5.0, "intercept": -2.0}
    (folder / "bundle.json").write_text(json.dumps(manifest))
    return folder


def test_probabilities_are_told_beside_what_came_true(hybrid, rivers, calibrated):
    options = ("--encoder", calibrated, "--systems", "bm25", "--spans", "gold", "--calibration")
    [report] = hybrid("eval", rivers, *options, "--json", "-").lines
    for own in (report["calibration"]["rivers"]["pairs"], report["calibration"]["rivers"]["shown"]):
        assert 0.0 <= own["ece"] <= 1.0
        assert sum(one["share"] for one in own["bins"]) == pytest.approx(1.0)
    shown = hybrid("eval", rivers, *options).out
    assert "rivers  probabilities, every gold mention with every type: ECE " in shown


def test_a_bundle_without_calibration_cannot_be_asked_for_it(hybrid, rivers, tiny):
    result = hybrid("eval", rivers, "--encoder", tiny, "--calibration")
    assert (result.code, "tiny is not calibrated; `hybrid bundle calibrate FOLDER` does that" in result.err) == (
        2,
        True,
    )


def test_samples_are_drawn_as_often_as_asked(hybrid, rivers, tiny):
    options = ("--encoder", tiny, "--systems", "bm25", "--spans", "gold", "--quiet", "--json", "-")
    [report] = hybrid("eval", rivers, *options, "--scale", "--sizes", "3", "--draws", "2").lines
    assert [list(point["draws"]) for point in report["scale"]["rivers"]["points"]] == [["13", "14"]] * 2
    result = hybrid("eval", rivers, *options, "--draws", "2")
    assert (result.code, "give --scale, too" in result.err) == (2, True)


def test_a_data_set_that_is_not_there_ends_with_1(hybrid, tmp_path):
    result = hybrid("eval", tmp_path / "nowhere", "--json", "-")
    assert (result.code, result.error["kind"]) == (1, "InvalidFile")


def test_dev_is_found_by_the_folder_of_corpora(hybrid, monkeypatch):
    monkeypatch.delenv("HYBRID_CORPORA", raising=False)
    result = hybrid("eval", "dev")
    assert (result.code, "--corpora" in result.err) == (2, True)


def test_a_budget_splits_what_hybrid_loses(hybrid, rivers, tiny, tmp_path):
    options = ("--encoder", tiny, "--systems", "bm25", "--budget", "--json", "-", "--plot", tmp_path / "p.png")
    result = hybrid("eval", rivers, *options)
    assert result.code == 0, result.err
    [report] = result.lines
    own = report["rivers/detected"]["hybrid"]
    assert own["budget"]["loss"] == pytest.approx(1 - own["RPrec"])
    assert sum(value or 0 for value in own["budget"]["parts"].values()) == pytest.approx(own["budget"]["loss"])
    assert sorted(file.name for file in tmp_path.glob("*.png")) == ["p-budget.png", "p.png"]


def test_people_read_the_budget_by_type(hybrid, rivers, tiny):
    result = hybrid("eval", rivers, "--encoder", tiny, "--systems", "bm25", "--budget")
    assert result.code == 0, result.err
    tail = [line.split() for line in result.out.splitlines()[-4:]]
    assert tail[0] == ["type", "embedding", "detection", "approximation", "compression", "fusion", "loss"]
    assert [line[0] for line in tail[1:]] == ["in", "river", "city"]
    assert tail[2][3:5] == ["–", "0.000"]


def test_a_budget_needs_both_kinds_of_mentions(hybrid, rivers):
    result = hybrid("eval", rivers, "--budget", "--spans", "gold")
    assert (result.code, "leave --spans out" in result.err) == (2, True)


def test_a_plot_of_another_format_is_refused_before_anything_runs(hybrid, rivers):
    result = hybrid("eval", rivers, "--plot", "p.bmp")
    assert (result.code, "'p.bmp' ends with none" in result.err) == (2, True)


def test_a_server_is_measured_beside_the_embedded_engine(hybrid, rivers, tiny, opensearch_node):
    server = f"opensearch://{opensearch_node('3.6.0').url.removeprefix('http://')}"
    options = ("--encoder", tiny, "--systems", "bm25,typed,bm25s", "--spans", "gold", "--target", server)
    result = hybrid("eval", rivers, *options, "--json", "-")
    assert result.code == 0, result.err
    [report] = result.lines
    assert list(report["rivers"]) == ["bm25", "bm25@opensearch", "typed", "typed@opensearch", "bm25s"]
    for name in ("bm25", "typed"):
        assert report["rivers"][f"{name}@opensearch"]["types"] == report["rivers"][name]["types"]


@pytest.mark.parametrize(
    ("package", "extra"),
    [
        ("ir_measures", "eval"),
        ("scipy", "eval"),
        ("bm25s", "eval"),
        ("sentence_transformers", "eval"),
        ("matplotlib", "plot"),
    ],
)
def test_a_missing_package_is_named_with_its_extra_before_anything_runs(hybrid, rivers, monkeypatch, package, extra):
    monkeypatch.setattr("hybrid.encoding.extras.find_spec", lambda name: None if name == package else object())
    result = hybrid("eval", rivers, "--systems", "bm25s,dense:minilm", "--plot", "p.png")
    assert (result.code, f"hybrid-retriever[{extra}]" in result.err) == (1, True)


def test_zero_shot_tells_how_near_types_are_to_what_was_trained(hybrid, rivers):
    options = ("--systems", "bm25,typed", "--spans", "gold", "--zero-shot")
    result = hybrid("eval", rivers, *options, "--json", "-")
    assert result.code == 0, result.err
    [report] = result.lines
    assert list(report) == ["rivers", "zero_shot"]
    told = report["zero_shot"]
    assert list(told["types"]["rivers"]) == ["river", "city"]
    assert told["types"]["rivers"]["river"]["trained"] is True  # synthetic texts name rivers
    lexical = [own["RPrec"]["bm25"] * own["types"] for own in told["buckets"]["gold"]["head"].values()]
    assert sum(lexical) / 2 == pytest.approx(report["rivers"]["bm25"]["RPrec"])
    assert "by head" in hybrid("eval", rivers, *options).out


def test_zero_shot_needs_a_bundle_that_says_what_it_was_trained_on(hybrid, rivers, tiny):
    result = hybrid("eval", rivers, "--encoder", tiny, "--zero-shot")
    assert (result.code, "does not say what it was trained on" in result.err) == (1, True)


def test_curves_are_measured_shown_and_drawn(hybrid, rivers, tiny, tmp_path):
    options = ("--encoder", tiny, "--systems", "bm25,typed", "--spans", "gold")
    options += ("--scale", "--sizes", "3", "--dimensions", "2,4")
    result = hybrid("eval", rivers, *options, "--plot", tmp_path / "p.png", "--json", "-")
    assert result.code == 0, result.err
    [report] = result.lines
    assert list(report) == ["rivers", "scale", "dimensions"]
    last = report["scale"]["rivers"]["points"][-1]
    assert (last["texts"], last["systems"]["bm25"]["RPrec"]) == (4, report["rivers"]["bm25"]["RPrec"])
    widths = report["dimensions"]["rivers"]["points"]
    assert [point["width"] for point in widths] == [2, 4, 8]
    assert widths[-1]["RPrec"] == report["rivers"]["typed"]["RPrec"]
    assert sorted(file.name for file in tmp_path.glob("*.png")) == ["p-dimensions.png", "p-scale.png", "p.png"]
    shown = [line.split() for line in hybrid("eval", rivers, *options).out.splitlines()]
    assert ["texts", "R", "bm25", "typed"] in shown
    assert [line[0] for line in shown[-3:]] == ["2", "4", "8"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--sizes", "3"), "give --scale, too"),
        (("--scale", "--sizes", "3,many"), "--sizes is '3,many'; expected whole numbers between commas"),
        (("--dimensions", ""), "--dimensions is ''; expected whole numbers"),
        (("--dimensions", "0,4"), "--dimensions has 0; expected numbers from 1"),
        (("--dimensions", "4,16"), "--dimensions has 16, but the mention vectors of tiny are 8 wide"),
    ],
)
def test_numbers_that_cannot_be_are_said_before_anything_runs(hybrid, rivers, tiny, arguments, sentence):
    result = hybrid("eval", rivers, "--encoder", tiny, *arguments)
    assert (result.code, sentence in result.err) == (2, True), result.err


def test_the_papers_protocol_stands_beside_the_others(hybrid, rivers, tiny):
    options = ("--encoder", tiny, "--systems", "bm25,dense", "--paper")
    result = hybrid("eval", rivers, *options, "--json", "-")
    assert result.code == 0, result.err
    [report] = result.lines
    assert list(report) == ["rivers", "rivers/detected", "paper"]
    gold = report["paper"]["rivers"]
    assert gold["systems"]["bm25"] == {"RPrec": report["rivers"]["bm25"]["RPrec"], "texts": 4}
    assert ("dense" in gold["systems"], gold["recall"]) == (False, None), "no text is longer than 4 words"
    assert 0.0 <= report["paper"]["rivers/detected"]["recall"] <= 1.0


def test_detectors_are_measured_alone_or_beside_systems(hybrid, rivers, tiny):
    names = f"gold, bundle:{tiny}(threshold=.2)"
    options = ("--encoder", tiny, "--detectors", names, "--detectors-typed")
    result = hybrid("eval", rivers, *options, "--json", "-")
    assert result.code == 0, result.err
    [report] = result.lines
    assert list(report) == ["detectors"]
    found = report["detectors"]["rivers"]["detectors"]
    assert list(found) == ["gold", f"bundle:{tiny}(threshold=.2)"]
    assert (found["gold"]["F1"], found["gold"]["per_text"]) == (1.0, 0.75)
    beside = hybrid("eval", rivers, *options, "--systems", "typed", "--spans", "gold", "--json", "-").lines[0]
    assert list(beside) == ["rivers", "detectors"]
    assert beside["rivers"]["typed"]["RPrec"] == found["gold"]["RPrec"]
    shown = [line.split() for line in hybrid("eval", rivers, *options).out.splitlines()]
    assert [line[0] for line in shown if line] == ["rivers", "detector", "gold", f"bundle:{tiny}(threshold=.2)"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--detectors-typed",), 2, "give these, too"),
        (("--detectors", "gold,"), 2, "empty name"),
        (("--detectors", "flair:ner"), 2, "no detector is called 'flair:ner'"),
        (("--detectors", "bundle:nobody"), 1, "no bundle and no folder is called 'nobody'"),
        (("--detectors", "gold", "--plot", "p.png"), 2, "--plot draws systems"),
    ],
)
def test_detectors_that_cannot_be_asked_are_said_before_anything_runs(hybrid, rivers, tiny, arguments, code, sentence):
    result = hybrid("eval", rivers, "--encoder", tiny, *arguments)
    assert (result.code, sentence in result.err) == (code, True), result.err


def test_a_bundle_without_passage_vectors_is_measured_without_the_dense_leg(hybrid, rivers, other):
    [report] = hybrid("eval", rivers, "--encoder", other, "--json", "-").lines
    assert list(report["rivers"]) == ["bm25", "typed", "hybrid"]
    for systems in ("bm25,dense", "surface", "rrf(typed, dense)"):
        result = hybrid("eval", rivers, "--encoder", other, "--systems", systems)
        told = f"other has no passage vector, so there is no dense leg; leave out {systems.removeprefix('bm25,')}"
        assert (result.code, told in result.err) == (2, True), result.err
