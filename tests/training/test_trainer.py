"""A whole training on sentences written by hand, with the real backbone."""

import numpy as np
import pytest

from hybrid.encoding import load
from hybrid.encoding.bundle import load_bundle
from hybrid.errors import InvalidFile, InvalidInput
from hybrid.training import TrainingConfig, calibrate, learn_weights, train


def config(corpora, out, **changes) -> TrainingConfig:
    data = {name: corpora / name for name in ("few-nerd", "stackoverflow-ner")}
    settings = {"data": data, "out": out, "detector_data": corpora / "few-nerd", "device": "cpu", "seed": 3, **changes}
    return TrainingConfig(**settings)


def test_corpora_become_a_bundle_that_encodes(corpora, short_recipe, tmp_path):
    told = []
    report = train(config(corpora, tmp_path / "bundle"), lambda *step: told.append(step))
    bundle = load_bundle(report.folder)
    assert bundle.manifest.fingerprint == report.bundle.manifest.fingerprint
    assert bundle.manifest.training["seed"] == 3
    assert bundle.manifest.training["types"]["few-nerd"]["art-film"] == ["film", "movie"]
    assert "hybrid train" in bundle.card
    assert "CC BY-SA 4.0" in bundle.card
    assert [(own.name, own.texts) for own in report.sources] == [("few-nerd", 10), ("stackoverflow-ner", 3)]
    assert report.detector.held_out == 1
    assert all(0 <= done <= total for _, done, total in told)
    encoder = load(report.folder, device="cpu")
    (encoding,) = encoder.encode(["The Titanic met the Olympic ."], [[(4, 11), (20, 27)]])
    assert encoding.mention_vectors.shape == (2, 32)
    assert encoder.encode_types(["ship"]).shape == (1, 32)
    assert encoder.encode(["They climbed Mont Blanc and Etna"])[0].mentions


def test_a_training_is_repeated_to_the_bit(corpora, short_recipe, tmp_path):
    one, again, other = (
        train(config(corpora, tmp_path / name, seed=seed, detector_data=None)).bundle
        for name, seed in (("one", 3), ("again", 3), ("other", 4))
    )
    assert one.manifest.fingerprint == again.manifest.fingerprint != other.manifest.fingerprint
    assert one.detector is None
    assert np.array_equal(one.mention[0].layers[0].weight, again.mention[0].layers[0].weight)
    assert (tmp_path / "one" / "heads.safetensors").read_bytes() == (
        tmp_path / "again" / "heads.safetensors"
    ).read_bytes()


def test_labels_that_are_left_out_do_not_change_a_bit(corpora, short_recipe, tmp_path):
    """The same corpus with every left-out mention unlabelled gives the same head."""
    folder = tmp_path / "few-nerd"
    folder.mkdir()
    text = (corpora / "few-nerd" / "inter-train-sample.txt").read_text()
    for label in ("person-politician", "organization-education", "other-award"):
        assert label in text
        text = text.replace(f"\t{label}\n", "\tO\n")
    (folder / "train.txt").write_text(text)
    with_labels = train(config(corpora, tmp_path / "with", detector_data=None)).bundle
    data = {"few-nerd": folder, "stackoverflow-ner": corpora / "stackoverflow-ner"}
    without = train(config(corpora, tmp_path / "without", data=data, detector_data=None)).bundle
    assert with_labels.manifest.fingerprint == without.manifest.fingerprint


def test_bad_requests_are_named_before_a_model_is_loaded(corpora, tmp_path):
    with pytest.raises(InvalidInput, match="no labelled corpus was given"):
        train(config(corpora, tmp_path / "x", data={}))
    with pytest.raises(InvalidInput, match="does not train on 'bionlp13cg'; it trains on few-nerd, stackoverflow-ner"):
        train(config(corpora, tmp_path / "x", data={"bionlp13cg": corpora}))
    with pytest.raises(
        InvalidInput, match="no recipe is called 'bert'; known are minilm, minilm-frozen, mpnet, smollm2"
    ):
        train(config(corpora, tmp_path / "x", recipe="bert"))
    with pytest.raises(InvalidFile, match="expected a file of few-nerd"):
        train(config(corpora, tmp_path / "x", data={"few-nerd": tmp_path}))


def test_a_corpus_without_a_trained_type_teaches_nothing(tmp_path, short_recipe):
    path = tmp_path / "corpus.txt"
    path.write_text("Bonn\tlocation-GPE\n")
    with pytest.raises(InvalidInput, match="few-nerd holds no mention of a type that is trained"):
        train(TrainingConfig(data={"few-nerd": path}, out=tmp_path / "out", device="cpu"))
    assert not (tmp_path / "out").exists()


def test_a_run_that_is_made_again_reads_on_and_gives_the_same(corpora, short_recipe, tmp_path):
    settings = {"detector_data": None, "cache": tmp_path / "cache"}
    first = train(config(corpora, tmp_path / "first", **settings)).bundle
    kept = {file.name: file.read_bytes() for file in (tmp_path / "cache").iterdir()}
    assert kept
    again = train(config(corpora, tmp_path / "again", **settings)).bundle
    assert {file.name: file.read_bytes() for file in (tmp_path / "cache").iterdir()} == kept
    plain = train(config(corpora, tmp_path / "plain", detector_data=None)).bundle
    assert first.manifest.fingerprint == again.manifest.fingerprint == plain.manifest.fingerprint


def test_a_backbone_that_is_read_in_half_precision_is_tuned_and_ships_in_full(corpora, short_tuning, tmp_path):
    data = {"few-nerd": corpora / "few-nerd"}
    manifest = train(config(corpora, tmp_path / "half", data=data, dtype="bfloat16")).bundle.manifest
    assert manifest.dtype == "float32"
    assert manifest.backbone.adapter is not None
    assert "--dtype bfloat16" in manifest.training["command"]
    assert load(tmp_path / "half", device="cpu").encode_types(["ship"]).shape == (1, 32)


class CutOffError(Exception):
    """What ends a run in the middle."""


def test_seeds_that_were_finished_are_not_tuned_again(corpora, dev, short_tuning, tmp_path):
    settings = {"dev": dev, "detector_data": None, "cache": tmp_path / "cache"}
    tuned = []

    def third(doing, done, total):
        if doing == "tuning the backbone" and done == 1:
            tuned.append(done)
            if len(tuned) == 3:
                raise CutOffError

    with pytest.raises(CutOffError):
        train(config(corpora, tmp_path / "one", **settings), third)
    again = train(config(corpora, tmp_path / "one", **settings), third)
    assert len(tuned) == 4
    plain = train(config(corpora, tmp_path / "plain", dev=dev, detector_data=None))
    assert again.dev == plain.dev
    assert again.bundle.manifest.fingerprint == plain.bundle.manifest.fingerprint


def test_early_stopping_is_told(corpora, short_tuning, tmp_path):
    data = {"few-nerd": corpora / "few-nerd"}
    report = train(config(corpora, tmp_path / "early", data=data, early_stopping="held-out", detector_data=None))
    assert report.kept[3].step == short_tuning.tuning.steps
    training = load_bundle(report.folder).manifest.training
    told = training["measured"]["early_stopping"]
    assert told["seeds"]["3"]["step"] == short_tuning.tuning.steps
    labels = told["tasks"]["held-out few-nerd"]
    assert labels
    assert not set(labels) & set(training["types"]["few-nerd"])
    assert training["tuning"]["early_stopping"] == {"on": "held-out", "every": 20, "patience": 3}
    assert "--early-stopping held-out" in training["command"]


def test_early_stopping_that_cannot_be_is_refused(corpora, tmp_path):
    with pytest.raises(InvalidInput, match="recipe minilm-frozen leaves the backbone as it is"):
        train(config(corpora, tmp_path / "x", recipe="minilm-frozen", early_stopping="held-out"))
    with pytest.raises(InvalidInput, match="early stopping by dev types needs --dev"):
        train(config(corpora, tmp_path / "x", recipe="minilm", early_stopping="dev"))


def written(folder):
    """Synthetic texts: a kind that DEV asks for, and one that it does not."""
    folder.mkdir()
    lines = [f"[{name}|royal park; park] is near the [{name} Arms|hotel]." for name in ("Bushy", "Regent", "Greenwich")]
    (folder / "made.txt").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_a_zero_shot_run_leaves_out_what_dev_asks_for_and_another_does_not(corpora, dev, short_recipe, tmp_path):
    data = {"few-nerd": corpora / "few-nerd", "synthetic": written(tmp_path / "texts")}
    settings = {"data": data, "dev": dev, "detector_data": None, "measure": False, "spread": 1}
    first = train(config(corpora, tmp_path / "first", **settings)).bundle.manifest.training
    assert set(first["types"]["synthetic"]) == {"hotel"}
    assert "person-politician" not in first["types"]["few-nerd"]
    other = train(config(corpora, tmp_path / "other", zero_shot=False, **settings)).bundle.manifest.training
    assert set(other["types"]["synthetic"]) == {"hotel", "park", "royal park"}
    assert other["types"]["few-nerd"]["person-politician"] == ["politician"]
    assert (first["zero_shot"], other["zero_shot"]) == (True, False)


def test_synthetic_texts_teach_the_detector(corpora, short_recipe, tmp_path):
    data = {"few-nerd": corpora / "few-nerd", "synthetic": written(tmp_path / "texts")}
    found = train(config(corpora, tmp_path / "out", data=data)).detector
    assert found.texts == {"few-nerd-mentions": 10, "synthetic": 3}
    assert found.sentences + found.tuned_on + found.held_out == 13


def test_what_another_bundle_decided_is_taken_over(corpora, dev, short_recipe, tmp_path):
    settings = {"dev": dev, "spread": 1}
    first = train(config(corpora, tmp_path / "first", **settings)).bundle.manifest
    more = {"zero_shot": False, "decided": str(tmp_path / "first"), "seed": 4}
    report = train(config(corpora, tmp_path / "other", **more, **settings))
    other = report.bundle.manifest
    assert (other.planner, other.calibration) == (first.planner, first.calibration)
    assert other.heads.detector.threshold == first.heads.detector.threshold
    told = other.training["decided"]
    assert (told["fingerprint"], told["measured"]) == (first.fingerprint, first.training["measured"])
    assert (report.choice, report.calibrated, len(report.figures)) == (None, None, 8)
    assert report.bundle.card == load_bundle(tmp_path / "other").card
    for choose in (learn_weights, calibrate):
        with pytest.raises(InvalidInput, match="was trained on types of the DEV tasks, so nothing is chosen by them"):
            choose(tmp_path / "other", dev)


def test_the_mean_of_several_tunings_ships(corpora, short_tuning, tmp_path):
    data = {"few-nerd": corpora / "few-nerd"}
    settings = {"data": data, "detector_data": None}
    one = train(config(corpora, tmp_path / "one", **settings)).bundle
    soup = train(config(corpora, tmp_path / "soup", soup=True, spread=2, **settings)).bundle
    assert soup.manifest.training["soup"] == 2
    name = next(iter(one.adapter))
    assert soup.adapter[name].a.shape[0] == 2 * one.adapter[name].a.shape[0]
    assert np.array_equal(soup.adapter[name].a[: len(one.adapter[name].a)], one.adapter[name].a)


def test_a_mean_is_measured_beside_its_seeds(corpora, dev, short_recipe, tmp_path):
    settings = {"dev": dev, "detector_data": None, "measure": False, "soup": True, "spread": 2}
    report = train(config(corpora, tmp_path / "soup", **settings))
    assert report.mean.keys() == report.dev[3].keys()
    assert report.bundle.manifest.training["measured"]["mean"]["mean"] == pytest.approx(report.mean["mean"], abs=1e-4)


def test_options_that_do_not_go_together_are_refused_before_a_model_is_loaded(corpora, dev, tmp_path):
    wnut = {"wnut17": dev / "wnut17"}
    for changes, says in (
        ({"soup": True, "spread": 1}, "the mean of 1 seeds was asked for; expected at least 2"),
        ({"data": wnut}, "wnut17 has types of the DEV tasks alone; it trains with --no-zero-shot"),
        ({"zero_shot": False, "dev": dev}, "expected --decided with the bundle of a zero-shot run"),
        (
            {"zero_shot": False, "early_stopping": "dev", "dev": dev, "measure": False},
            "early stopping by dev types needs a zero-shot run",
        ),
    ):
        with pytest.raises(InvalidInput, match=says):
            train(config(corpora, tmp_path / "x", **changes))
    with pytest.raises(InvalidFile, match=r"holds no \.txt"):
        train(config(corpora, tmp_path / "x", data={"synthetic": tmp_path}))
