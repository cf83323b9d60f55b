"""The model card: what was measured is told, what was not is left out."""

import json
from dataclasses import replace

import pytest

from hybrid.encoding.calibration import Platt
from hybrid.encoding.manifest import AdapterSpec, DetectorSpec, HeadSpec, HeadSpecs, Manifest
from hybrid.training.card import model_card
from hybrid.training.recipes import MINILM

FIGURES = {"texts": 10, "mentions": 20, "typed": 0.5, "dense": 0.4, "lexical": 0.25, "hybrid": 0.6}


@pytest.fixture
def manifest() -> Manifest:
    return Manifest(
        name="made",
        version="1.2.3",
        licence="Apache-2.0",
        backbone=MINILM.backbone,
        windows=MINILM.windows,
        carriers=MINILM.carriers,
        taps=MINILM.taps,
        heads=HeadSpecs((HeadSpec((1152, 256), None, True),), None, DetectorSpec("hidden@5", (384, 128, 3), 0.25)),
        passage=MINILM.passage,
        planner={"how": "min_max(typed=1, lexical=.3)"},
        training={"seed": 7, "command": "hybrid train --seed 7", "sources": ["few-nerd: 3 mentions"]},
    )


def measured(manifest: Manifest, **figures) -> Manifest:
    return replace(manifest, training={**manifest.training, "measured": figures})


def test_it_tells_what_the_bundle_is_and_how_it_was_made(manifest):
    card = model_card(manifest)
    assert card.startswith("# made 1.2.3\n")
    for told in (
        "sentence-transformers/all-MiniLM-L6-v2",
        "`hidden@5:mean`, `value@3:mean`, `passage`",
        "a tagger 384-128-3 on `hidden@5`, threshold 0.25.",
        "`min_max(typed=1, lexical=.3)`",
        "- few-nerd: 3 mentions",
        "Seed 7. Command:\n\n    hybrid train --seed 7\n",
    ):
        assert told in card


def test_figures_are_a_table_with_a_mean_for_each_kind_of_mention(manifest):
    rows = [
        {"task": task, "spans": spans, **FIGURES, "typed": typed}
        for spans, typed in (("gold", 0.5), ("detected", 0.3))
        for task in ("few-nerd", "wnut17")
    ]
    rows[1]["typed"] = 0.7
    card = model_card(measured(manifest, dev=rows))
    assert "| few-nerd | gold | .500 | .400 | .250 | .600 |" in card
    assert "| **mean** | gold | **.600** | **.400** | **.250** | **.600** |" in card
    assert "| **mean** | detected | **.300** | **.400** | **.250** | **.600** |" in card


def test_the_spread_over_seeds_is_told(manifest):
    seeds = {"1": {"mean": 0.57}, "2": {"mean": 0.59}}
    assert ".570 (seed 1), .590 (seed 2); standard deviation 0.0100." in model_card(measured(manifest, seeds=seeds))


def test_what_was_not_measured_is_left_out(manifest):
    card = model_card(manifest)
    assert "| DEV task" not in card
    assert "Chance:" not in card
    assert "neither trained nor tuned on" not in card
    assert "\n\n\n" not in card
    assert "$" not in card


def test_a_tuned_backbone_and_wordnet_are_told(manifest):
    plain = model_card(manifest)
    assert "frozen sentence encoder" in plain
    assert "unchanged backbone's" in plain
    assert "WordNet" not in plain
    adapter = AdapterSpec(2.0, ("encoder.layer.3.output.dense", "encoder.layer.4.output.dense"))
    sources = ["wordnet: 9 mentions; https://wordnet.princeton.edu; WordNet 3.0 licence"]
    card = model_card(
        replace(
            manifest,
            backbone=replace(manifest.backbone, adapter=adapter),
            training={**manifest.training, "sources": sources},
        )
    )
    assert "with a low-rank difference of 2 of its layers" in card
    assert "tuned backbone's sentence vector" in card
    assert "holds many of the words that are asked for" in card
    assert "WordNet (Princeton University), under its own licence" in card


def test_a_calibration_is_told_with_its_error(manifest):
    assert "it is not calibrated" in model_card(manifest)
    figures = {"ece": 0.0214, "brier": 0.0532, "shown_ece": 0.125}
    told = measured(manifest, calibration={"method": "platt", "platt": figures, "isotonic": {}})
    card = model_card(replace(told, calibration=Platt(9.0, -3.0)))
    assert "it is not calibrated" not in card
    for part in (
        "platt, learned on the gold",
        "is .021 over every mention",
        "Brier score .053",
        "and .125 over the best",
    ):
        assert part in card


def test_the_rule_and_whether_the_fusion_keeps_it_are_told(manifest):
    chosen = {"how": "typed", "mean": 0.6, "typed": 0.59, "gain": 0.0121, "worst": -0.0042, "keeps": True, "held": None}
    assert "This fusion keeps the rule" in model_card(measured(manifest, planner=chosen))
    held = {"gain": 0.0101, "low": -0.002, "high": 0.03, "worst": -0.01, "kept": 5, "halves": 20}
    card = model_card(measured(manifest, planner={**chosen, "keeps": False, "held": held}))
    assert "No fusion of the grid keeps the rule" in card
    assert "It gives +.012 over typed, and −.004 on the worst task." in card
    assert "20 times: +.010 over typed (from −.002 to +.030)" in card


def test_the_shares_of_centring_that_were_tried_are_told_as_json_keeps_them(manifest):
    chosen = {"how": "typed", "mean": 0.6, "typed": 0.59, "gain": 0.0121, "worst": -0.0042, "keeps": True, "held": None}
    shares = {
        "0": {"mean": 0.6, "typed": 0.5, "keeps": True},
        ".25": {"mean": 0.6131, "typed": 0.55, "keeps": False},
    }
    told = "0: typed .500, best fusion .600; .25: typed .550, best fusion .613, which breaks the rule.\n"
    for own in (shares, json.loads(json.dumps(shares))):
        card = model_card(measured(manifest, planner={**chosen, "shares": own}))
        assert told in card
        assert "\n\n\n" not in card
    for without in (chosen, {**chosen, "shares": {}}):
        assert "Shares of centring" not in model_card(measured(manifest, planner=without))


def test_the_step_that_early_stopping_kept_is_told(manifest):
    stopped = {"tasks": {"held-out few-nerd": ["art-film", "product-ship"]}, "seeds": {"7": {"step": 80}}}
    for on, told in (
        ("held-out", "by R-Precision on types that nothing was trained on: art-film, product-ship."),
        ("dev", "by R-Precision on the tasks above, so that their figures are the best of several."),
    ):
        training = {**manifest.training, "tuning": {"early_stopping": {"on": on}}}
        card = model_card(measured(replace(manifest, training=training), early_stopping=stopped))
        assert f"Step 80 of the tuning was kept, {told}" in card


def test_a_detector_that_reads_shapes_and_was_chosen_for_retrieval_says_so(manifest):
    detector = DetectorSpec("hidden@5", (395, 128, 3), 0.25, shapes=True)
    found = {"held_out": 10, "precision": 0.5, "recall": 0.75, "overlap_recall": 0.875}
    shaped = replace(manifest, heads=replace(manifest.heads, detector=detector))
    chosen = model_card(measured(shaped, detector={**found, "for_retrieval": True}))
    assert "a tagger 395-128-3 on `hidden@5` and the shapes of words, threshold 0.25." in chosen
    assert "were chosen on the DEV tasks, for R-Precision with detected mentions." in chosen
    assert "were chosen on the DEV tasks" not in model_card(measured(shaped, detector=found))


def test_what_the_detector_passes_over_is_told(manifest):
    detector = DetectorSpec("hidden@5", (384, 128, 3), 0.25, passes_over=("addresses", "handles"))
    card = model_card(replace(manifest, heads=replace(manifest.heads, detector=detector)))
    assert "threshold 0.25; it passes over web and e-mail addresses and user names behind @." in card


def test_the_mean_of_several_seeds_is_told(manifest):
    card = model_card(replace(manifest, training={**manifest.training, "soup": 3}))
    assert "The mean of the weights of 3 trainings, with seeds 7 to 9. Command:\n\n    hybrid train --seed 7\n" in card


def test_works_that_were_trained_on_are_cited_each_once(manifest):
    sources = ["wnut17: 3 mentions", "few-nerd: 3 mentions", "few-nerd-mentions, the detector alone: 5 texts"]
    card = model_card(replace(manifest, training={**manifest.training, "sources": sources}))
    assert card.count("Ding et al., Few-NERD") == 1
    assert "Derczynski et al." in card
    assert "Fetahu et al." not in card
    assert "taught it terms of every kind" not in card
    sources.append("synthetic: 9 mentions")
    assert "taught it terms of every kind" in model_card(
        replace(manifest, training={**manifest.training, "sources": sources})
    )


def test_what_ships_is_told_beside_the_zero_shot_run_that_decided_for_it(manifest):
    def rows(typed):
        return [{"task": "few-nerd", "spans": "gold", **FIGURES, "typed": typed}]

    chosen = {"how": "typed", "mean": 0.6, "typed": 0.59, "gain": 0.0121, "worst": 0.0, "keeps": True, "held": None}
    calibration = {"method": "platt", "platt": {"ece": 0.02, "brier": 0.05, "shown_ece": 0.125}}
    decided = {
        "command": "hybrid train --first",
        "measured": {"dev": rows(0.5), "planner": chosen, "calibration": calibration},
    }
    training = {**manifest.training, "zero_shot": False, "decided": decided, "measured": {"dev": rows(0.75)}}
    card = model_card(replace(manifest, training=training, calibration=Platt(9.0, -3.0)))
    first, second = card.index("| few-nerd | gold | .500 |"), card.index("| few-nerd | gold | .750 |")
    assert card.index("The command `hybrid train --first` wrote these lines.") < first < second
    assert first < card.index("This fusion keeps the rule") < card.index("was then trained on more") < second
    assert "is .020 over every mention" in card
    assert card.index("no labelled or synthetic text taught") < first
    assert "Types that DEV asks for were trained on" in card
    assert "were left out of the head's" not in card


def test_a_run_on_types_of_dev_is_not_called_zero_shot(manifest):
    rows = [{"task": "few-nerd", "spans": "gold", **FIGURES}]
    told = measured(manifest, dev=rows)
    assert "Zero-shot:" in model_card(told)
    card = model_card(replace(told, training={**told.training, "zero_shot": False}))
    assert "Zero-shot:" not in card
    assert "Types that are asked for were trained on, in other texts. The command above wrote" in card


def test_a_deciding_run_that_stopped_early_is_told(manifest):
    stopped = {"tasks": {"held-out few-nerd": ["art-film"]}, "seeds": {"7": {"step": 80}, "8": {"step": 60}}}
    run = {"command": "x", "tuning": {"early_stopping": {"on": "held-out"}}, "measured": {"early_stopping": stopped}}
    for soup, says in ((None, "Step 80 of the tuning was kept"), (2, "Steps 80, 60 of the tunings were kept")):
        training = {**manifest.training, "zero_shot": False, "decided": {**run, "seed": 7, "soup": soup}}
        assert says in model_card(replace(manifest, training=training))


def test_the_mean_that_ships_is_told_beside_the_seeds(manifest):
    seeds = {"1": {"mean": 0.57}, "2": {"mean": 0.59}}
    card = model_card(measured(manifest, seeds=seeds, mean={"mean": 0.6}))
    assert "deviation 0.0100; the mean of their weights, which ships, .600." in card
    assert "No text of the DEV sample was trained on." in card
    assert "No text of the DEV sample" not in model_card(manifest)


def test_a_licence_that_asks_to_be_passed_on_is_told_where_a_corpus_has_it(manifest):
    for name, told in (("few-nerd", True), ("wnut17", False), ("synthetic", False)):
        card = model_card(replace(manifest, training={**manifest.training, "sources": [f"{name}: 3 mentions"]}))
        assert ("under CC BY-SA 4.0, naming these works" in card) == told
        assert ": ." not in card


def test_a_bundle_without_passage_vectors_is_no_sentence_encoder_and_has_no_dense_column(manifest):
    rows = [{"task": "few-nerd", "spans": "gold", **FIGURES, "dense": None}]
    card = model_card(measured(replace(manifest, passage=None, taps=("value@22:last",)), dev=rows))
    assert "| DEV task | mentions | typed | lexical | hybrid |\n| --- | --- | --- | --- | --- |" in card
    assert "| few-nerd | gold | .500 | .250 | .600 |" in card
    assert "There is no passage vector, so no dense leg." in card
    assert "`dense`" not in card
    assert "sentence encoder" not in card
    assert "a passage vector\nand the mentions themselves." in model_card(manifest)
