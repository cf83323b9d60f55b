"""Weights and figures are written into a bundle and its card, and move no vector."""

import pytest

from hybrid.encoding.bundle import load_bundle
from hybrid.training import TrainingConfig, calibrate, evaluate, learn_weights, train
from hybrid.training.card import model_card


def test_a_training_with_dev_ends_with_weights_figures_and_a_card(corpora, dev, short_recipe, tmp_path):
    out = tmp_path / "bundle"
    data = {"few-nerd": corpora / "few-nerd"}
    config = TrainingConfig(data, out, corpora / "few-nerd", dev, seed=2, spread=2, device="cpu")
    report = train(config)
    assert set(report.dev) == {2, 3}
    assert set(report.dev[2]) == {"few-nerd", "politics", "science", "wnut17", "mean"}
    bundle = load_bundle(out)
    measured = bundle.manifest.training["measured"]
    assert len(measured["dev"]) == len(report.figures) == 8
    assert measured["planner"]["how"] == report.choice.how == bundle.manifest.how
    assert bundle.manifest.calibration == report.calibrated.calibration
    assert measured["calibration"]["method"] == report.calibrated.method
    assert set(measured["calibration"]["platt"]["tasks"]) == {"few-nerd", "politics", "science", "wnut17"}
    assert bundle.card == model_card(bundle.manifest)
    assert "| **mean** | detected |" in bundle.card
    gold = {one.task: one.typed for one in report.figures if one.spans == "gold"}
    assert gold == pytest.approx({task: report.dev[2][task] for task in gold})


def test_finishing_leaves_the_fingerprint_as_it_was(corpora, dev, short_recipe, tmp_path):
    out = tmp_path / "bundle"
    train(TrainingConfig({"few-nerd": corpora / "few-nerd"}, out, corpora / "few-nerd", device="cpu"))
    before = load_bundle(out).manifest
    assert "dev" not in before.training["measured"]
    choice = learn_weights(out, dev, device="cpu")
    assert load_bundle(out).manifest.how == choice.how
    chosen = calibrate(out, dev, device="cpu")
    assert load_bundle(out).manifest.calibration == chosen.calibration
    figures = evaluate(out, dev, write=True, device="cpu")
    after = load_bundle(out).manifest
    assert after.fingerprint == before.fingerprint
    assert [row["task"] for row in after.training["measured"]["dev"]] == [one.task for one in figures]
