"""The bundle that ships: whole, documented, and good for something."""

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
from hybrid.training.recipes import MINILM_TUNED as MINILM

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


@pytest.fixture(scope="module")
def encoder():
    return load("minilm", device="cpu")


@pytest.fixture(scope="module")
def bundle():
    return load_bundle(bundles() / "minilm")


def test_it_ships_and_its_fingerprint_holds(bundle):
    assert "minilm" in shipped()
    assert bundle.manifest.name == "minilm"
    assert len(bundle.manifest.fingerprint) == 64  # `load_bundle` compared it with the content


def test_it_is_what_the_recipe_says(bundle):
    manifest = bundle.manifest
    assert replace(manifest.backbone, adapter=None) == MINILM.backbone
    blocks = {f"encoder.layer.{block}." for block in MINILM.tuning.blocks}
    assert {next(own for own in blocks if name.startswith(own)) for name in manifest.backbone.adapter.modules} == blocks
    assert (manifest.taps, manifest.carriers, manifest.windows) == (MINILM.taps, MINILM.carriers, MINILM.windows)
    assert manifest.heads.mention[0].layers == (1152, MINILM.head.width)
    assert manifest.heads.detector.layers == (384 + len(SHAPES), MINILM.detector.hidden, 3)
    assert manifest.training["command"].startswith("hybrid train --data few-nerd=")


def test_its_card_is_the_one_that_its_manifest_gives_and_names_data_and_licences(bundle):
    assert bundle.card == model_card(bundle.manifest)
    for corpus in (CORPORA[name] for name in ("few-nerd", "stackoverflow-ner", "few-nerd-mentions")):
        assert corpus.citation in bundle.card
        assert corpus.published in bundle.card
        assert corpus.licence in bundle.card
    assert bundle.manifest.training["command"] in bundle.card


def test_no_corpus_that_is_kept_unseen_taught_it(bundle):
    assert bundle.manifest.training["zero_shot"]
    assert set(bundle.manifest.training["shares"]) == {
        "few-nerd", "stackoverflow-ner", "wordnet", "wordnet-in-text", "mined", "synthetic",
    }  # fmt: skip
    assert "person-politician" not in bundle.manifest.training["types"]["few-nerd"]
    assert not {"politician", "party", "award"} & set(bundle.manifest.training["types"]["synthetic"])


def test_auto_runs_the_fusion_that_kept_the_rule_on_dev(bundle):
    measured, how = bundle.manifest.training["measured"]["planner"], parse_how(bundle.manifest.how)
    assert measured["keeps"]
    assert measured["how"] == bundle.manifest.how
    assert how.terms[0].leg == "typed"
    assert how.centring


def test_its_dev_mean_with_gold_mentions_is_at_least_one_half(bundle):
    rows = [row for row in bundle.manifest.training["measured"]["dev"] if row["spans"] == "gold"]
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
    assert not encoder.encode(["it rained all day and nobody came"])[0].mentions
