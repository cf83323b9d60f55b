"""Weights and figures are written into a bundle and its card, and move no vector."""

from dataclasses import replace

import pytest

from hybrid import Document, InvalidQuery, Mention, Retriever
from hybrid.encoding.bundle import load_bundle, save_bundle
from hybrid.planning.notation import parse_how
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


@pytest.fixture
def without_passages(corpora, dev, short_causal, tmp_path):
    """What a whole training of a causal recipe gave: the backbone has no passage vector."""
    data = {"few-nerd": corpora / "few-nerd"}
    config = TrainingConfig(
        data, tmp_path / "bundle", corpora / "few-nerd", dev, recipe=short_causal.name, spread=1, device="cpu"
    )
    return train(config)


def test_without_a_passage_vector_a_training_ends_with_typed_and_lexical(without_passages):
    report, bundle = without_passages, load_bundle(without_passages.folder)
    manifest = bundle.manifest
    assert (manifest.passage, manifest.dimensions.legs) == (None, ("typed", "lexical"))
    legs = {term.leg for how in report.choice.grid for term in parse_how(how).terms}
    assert legs == {"typed", "lexical"}
    assert manifest.how == report.choice.how
    assert manifest.calibration == report.calibrated.calibration
    assert report.detector.for_retrieval
    assert len(report.figures) == 8
    assert all(one.dense is None for one in report.figures)
    assert "| DEV task | mentions | typed | lexical | hybrid |" in bundle.card
    assert "There is no passage vector, so no dense leg." in bundle.card
    assert "`dense` is" not in bundle.card


def test_a_bundle_without_a_passage_vector_indexes_plans_and_finds(without_passages, tmp_path):
    bundle = load_bundle(without_passages.folder)
    fused = replace(bundle.manifest, planner={"how": "min_max(typed=1, dense=.2, lexical=.3)"})
    save_bundle(replace(bundle, manifest=fused), tmp_path / "fused")
    with Retriever.create(tmp_path / "index", encoder=tmp_path / "fused") as retriever:
        report = retriever.index(
            [Document("1", "The Titanic met the Olympic .", mentions=[Mention(4, 11)]), Document("2", "Mont Blanc")]
        )
        assert (report.documents, report.refused) == (2, ())
        plan = retriever.plan("Titanic", about="Olympic")
        assert [leg.leg for leg in plan.legs] == ["typed", "lexical"]
        assert retriever.find("Titanic", how="auto")[0].id == "1"
        with pytest.raises(InvalidQuery, match="the bundle has no passage vector; it can run lexical, typed"):
            retriever.find("Titanic", how="dense")
