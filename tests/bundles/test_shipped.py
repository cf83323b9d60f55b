"""The bundles that ship: whole, documented, and good for something."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid.encoding import load, shipped
from hybrid.encoding.bundle import load_bundle
from hybrid.encoding.factory import bundles
from hybrid.encoding.shapes import SHAPES
from hybrid.planning.notation import parse_how
from hybrid.training.card import model_card
from hybrid.training.corpora import CORPORA
from hybrid.training.recipes import MINILM_TUNED, MPNET, SMOLLM2

RECIPES = {"minilm": MINILM_TUNED, "mpnet": MPNET, "smollm2": SMOLLM2}
ZERO_SHOT = {"few-nerd", "stackoverflow-ner", "wordnet", "wordnet-in-text", "mined", "synthetic"}
FOR_USE = {"few-nerd-dev", "multiconer2", "wnut17"}
# Sentences written for this test; the mention between brackets.
MENTIONS = {
    "dinosaur": "The skull of a young [Triceratops] was dug up on a ranch last summer.",
    "volcano": "Lava from [Mount Etna] reached the village overnight.",
    "musical instrument": "She bought a second-hand [cello] and played it in the square.",
    "programming language": "The parser was rewritten in [Haskell] to catch such errors.",
    "river": "Barges on the [Danube] waited for the lock to open.",
    "disease": "The clinic treated forty children for [measles] that winter.",
    "political party": "The [Christian Democrats] lost two seats on Sunday.",
    "car manufacturer": "Shares of [Volkswagen] fell after the recall of its vans.",
    "painter": "A landscape by [Claude Monet] was sold to a museum.",
    "planet": "The probe sent pictures of [Saturn] and its rings.",
}


@pytest.fixture(scope="module", params=RECIPES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def recipe(name):
    return RECIPES[name]


@pytest.fixture(scope="module")
def encoder(name):
    return load(name, device="cpu")


@pytest.fixture(scope="module")
def bundle(name):
    return load_bundle(bundles() / name)


@pytest.fixture(scope="module")
def training(bundle):
    return bundle.manifest.training


def test_just_these_ship():
    assert set(shipped()) == set(RECIPES)


def test_it_ships_and_its_fingerprint_holds(bundle, name):
    assert bundle.manifest.name == name
    assert len(bundle.manifest.fingerprint) == 64  # `load_bundle` compared it with the content


def test_it_is_what_the_recipe_says(bundle, recipe):
    manifest = bundle.manifest
    assert replace(manifest.backbone, adapter=None) == recipe.backbone
    assert (manifest.taps, manifest.carriers, manifest.windows) == (recipe.taps, recipe.carriers, recipe.windows)
    assert (manifest.version, manifest.passage) == (recipe.version, recipe.passage)
    assert manifest.heads.mention[0].layers[-1] == recipe.head.width
    assert manifest.heads.detector.layers[1:] == (recipe.detector.hidden, 3)
    assert bundle.detector.layers[0].weight.shape[1] == manifest.heads.detector.layers[0]
    assert manifest.heads.detector.layers[0] > len(SHAPES)
    assert manifest.training["command"].startswith("hybrid train --data few-nerd=")


def test_its_difference_is_of_the_blocks_that_the_recipe_tunes(bundle, recipe):
    adapter = bundle.manifest.backbone.adapter
    if recipe.tuning is None:
        assert adapter is None
    else:
        blocks = {f"encoder.layer.{block}." for block in recipe.tuning.blocks}
        assert {own for own in blocks for module in adapter.modules if module.startswith(own)} == blocks
        assert all(module.startswith(tuple(blocks)) for module in adapter.modules)


def test_its_card_is_the_one_that_its_manifest_gives_and_names_data_and_licences(bundle, training):
    assert bundle.card == model_card(bundle.manifest)
    labelled = [own for own in training["shares"] if own in CORPORA]
    assert {"few-nerd", "stackoverflow-ner"} <= set(labelled)
    for corpus in (CORPORA[own] for own in (*labelled, "few-nerd-mentions")):
        assert corpus.citation in bundle.card
        assert corpus.published in bundle.card
        assert corpus.licence in bundle.card
    assert training["command"] in bundle.card


def test_what_taught_it_is_told_and_no_corpus_of_unknown_licence_did(training):
    if training["zero_shot"]:
        assert set(training["shares"]) == ZERO_SHOT
        assert "person-politician" not in training["types"]["few-nerd"]
        assert not {"politician", "party", "award"} & set(training["types"]["synthetic"])
    else:
        assert set(training["shares"]) == ZERO_SHOT | FOR_USE


def test_a_bundle_for_use_decided_nothing_on_types_that_it_was_taught(bundle, training):
    if not training["zero_shot"]:
        decided = training["decided"]
        assert decided["zero_shot"]
        assert decided["measured"]["planner"]["how"] == bundle.manifest.how
        assert decided["measured"]["detector"]["threshold"] == bundle.manifest.heads.detector.threshold
        assert "planner" not in training["measured"]


def test_auto_runs_the_fusion_that_kept_the_rule_on_dev(bundle, training):
    measured, how = (training["decided"] or training)["measured"]["planner"], parse_how(bundle.manifest.how)
    assert measured["keeps"]
    assert measured["how"] == bundle.manifest.how
    assert how.terms[0].leg == "typed"


def test_its_zero_shot_run_met_dev_with_gold_mentions(training):
    rows = [row for row in (training["decided"] or training)["measured"]["dev"] if row["spans"] == "gold"]
    assert len(rows) == 4
    assert sum(row["typed"] for row in rows) / 4 >= 0.50


@pytest.mark.parametrize("wanted", MENTIONS)
def test_the_mention_of_a_kind_comes_first_when_the_kind_is_asked_for(encoder, wanted):
    texts = [text.replace("[", "").replace("]", "") for text in MENTIONS.values()]
    spans = [[(text.index("["), text.index("]") - 1)] for text in MENTIONS.values()]
    vectors = np.concatenate([encoding.mention_vectors for encoding in encoder.encode(texts, spans)])
    cosines = vectors @ encoder.encode_types([wanted])[0]
    assert list(MENTIONS)[int(cosines.argmax())] == wanted


def test_it_finds_mentions_by_itself(encoder):
    text = "Michelin opened a plant in Nova Scotia, and Angela Merkel came to see it."
    found = {text[mention.start : mention.end]: mention.score for mention in encoder.encode([text])[0].mentions}
    assert all(found[name] > 0.5 for name in ("Michelin", "Nova Scotia", "Angela Merkel"))
    assert all(own.score < 0.5 for own in encoder.encode(["it rained all day and nobody came"])[0].mentions)
