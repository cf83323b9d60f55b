from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from hybrid.cli.train import figures_to_text, report_to_text
from hybrid.encoding.bundle import load_bundle
from hybrid.evaluation.figures import Figures
from hybrid.evaluation.weights import Choice, Held
from hybrid.training.config import DetectorReport, Report, SourceReport
from hybrid.training.stopping import Kept

TYPES = {
    "art-film": ["Ada Byron", "Bo Carl", "Cy Dean", "Di Ekman"],
    "building-hotel": ["Old Span", "New Arch", "Long Way", "Iron Gate"],
    "product-ship": ["Model Q", "Type Nine", "Road King", "Swift Fox"],
}


@pytest.fixture
def corpus(tmp_path):
    """A labelled corpus of a few sentences: token, tab, tag."""
    sentences = []
    for (kind, names), verb in itertools.product(TYPES.items(), ("saw", "left", "praised", "drew")):
        for name in names:
            words = [*name.split(), verb, "it", "twice", "."]
            tags = [kind] * len(name.split()) + ["O"] * 4
            sentences.append("\n".join(f"{word}\t{tag}" for word, tag in zip(words, tags, strict=True)))
    file = tmp_path / "few-nerd.txt"
    file.write_text("\n\n".join(sentences) + "\n")
    return file


def test_train_writes_a_bundle_that_can_be_shown(hybrid, corpus, tmp_path):
    options = ("--data", f"few-nerd={corpus}", "--detector-data", corpus, "--out", tmp_path / "mine")
    [report] = hybrid("train", *options, "--json").lines
    assert [(source["name"], source["types"]) for source in report["sources"]] == [("few-nerd", 3)]
    [shape] = hybrid("bundle", "show", tmp_path / "mine", "--json").lines
    assert shape["fingerprint"] == report["fingerprint"]
    assert report["detector"]["held_out"] > 0


def test_a_report_is_told_in_lines(tiny):
    report = Report(
        load_bundle(tiny),
        Path("mine"),
        (SourceReport("few-nerd", "CC BY-SA 4.0", "published", 24_680, 58_346, 30),),
        DetectorReport(5_734, 716, 716, 0.3, 2.0, 0.7123, 0.8, 0.95),
        {1: {"wnut17": 0.4, "mean": 0.516}},
        Choice(
            "min_max(typed=1, dense=.2)", 0.53, 0.516, 0.014, -0.003, True, Held(0.01, -0.002, 0.02, -0.004, 7, 20), {}
        ),
        None,
        (Figures("wnut17", "gold", 3_000, 2_000, 0.4, 0.3, 0.2, 0.45),),
        kept={1: Kept(80, 0.5123)},
        seconds=83.2,
    )
    assert list(report_to_text(report)) == [
        "few-nerd: 24,680 texts, 58,346 mentions of 30 types",
        "detector at threshold 0.3: precision 0.712, recall 0.800, overlap recall 0.950 on 716 held-out sentences",
        "DEV R-Precision, seed 1: wnut17 0.400, mean 0.516",
        "early stopping, seed 1: step 80 was kept, R-Precision 0.512",
        "auto runs min_max(typed=1, dense=.2): R-Precision 0.530 on DEV, the typed leg alone 0.516",
        "it keeps the rule: with gold mentions +0.014 over typed; on the worst task -0.003 from the best single leg",
        "chosen on half of the types, on the other half: +0.010 over typed (-0.002 to +0.020), "
        "on the worst task -0.004; the rule kept in 7 of 20",
        "wnut17, gold mentions: typed 0.400, dense 0.300, lexical 0.200, hybrid 0.450",
        "mean, gold mentions: typed 0.400, dense 0.300, lexical 0.200, hybrid 0.450",
        f"tiny with fingerprint {report.bundle.manifest.fingerprint}",
        "was written to mine in 83 s",
    ]


def test_figures_of_a_bundle_without_passage_vectors_leave_the_dense_leg_out():
    assert list(figures_to_text([Figures("wnut17", "gold", 3_000, 2_000, 0.4, None, 0.2, 0.45)])) == [
        "wnut17, gold mentions: typed 0.400, lexical 0.200, hybrid 0.450",
        "mean, gold mentions: typed 0.400, lexical 0.200, hybrid 0.450",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--data", "few-nerd", "--out", "x"], "'few-nerd' is no NAME=PATH"),
        (["--data", "nerd=x", "--out", "x"], "does not train on 'nerd'"),
        (["--data", "few-nerd=x", "--recipe", "maxilm", "--out", "x"], "no recipe is called 'maxilm'"),
        (
            ["--data", "few-nerd=x", "--recipe", "minilm-frozen", "--early-stopping", "dev", "--out", "x"],
            "only a tuning is stopped early",
        ),
        (["--data", "few-nerd=x", "--early-stopping", "soon", "--out", "x"], "'none', 'dev', 'held-out'"),
        (["--out", "x"], "--data"),
    ],
)
def test_wrong_usage_ends_with_2(hybrid, monkeypatch, arguments, sentence):
    monkeypatch.setenv("COLUMNS", "200")
    result = hybrid("train", *arguments)
    assert (result.code, sentence in result.err) == (2, True)


def test_a_corpus_that_is_not_there_ends_with_1(hybrid, tmp_path):
    result = hybrid("train", "--data", f"few-nerd={tmp_path / 'none.txt'}", "--out", tmp_path / "mine")
    assert (result.code, len(result.err.splitlines())) == (1, 1)
    assert not (tmp_path / "mine").exists()
