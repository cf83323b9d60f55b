"""The reading that encoding and training share."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid.encoding.detection import IGNORED, Detector, labels_of
from hybrid.encoding.features import FeatureReader
from hybrid.encoding.local import LocalEncoder
from hybrid.encoding.manifest import Manifest, Setup
from hybrid.encoding.opening import read_setup
from hybrid.encoding.projection import Head, Layer, project
from hybrid.encoding.spans import Windows
from hybrid.encoding.taps import State, parse_tap

Make = Callable[..., Any]
TEXTS = [
    "Michelin opened a plant in Nova Scotia.",
    "",
    "paris river house green table music " * 2 + "north horse stone light " * 7,
    "東京",
]
SPANS = [[(0, 8), (8, 9), (27, 38)], [], [(0, 5), (100, 105)], [(0, 1)]]


@pytest.fixture(scope="module")
def reader(tiny_manifest: Manifest) -> FeatureReader:
    """Without any head: what training starts from."""
    return read_setup(tiny_manifest.backbone, tiny_manifest.setup(), device="cpu")


def test_features_are_the_taps_side_by_side(reader: FeatureReader) -> None:
    found = reader.read(TEXTS, SPANS)
    assert reader.width == 64
    assert [features.mention_features.shape for features in found] == [(2, 64), (0, 64), (2, 64), (1, 64)]
    assert all(features.mention_features.dtype == np.float32 for features in found)
    assert [len(features.refused) for features in found] == [1, 0, 0, 0]
    assert [len(features.passages) for features in found][1] == 0
    assert len(found[2].passages) > 2


def test_the_tap_passage_is_the_vector_of_the_mentions_window(reader: FeatureReader) -> None:
    found = reader.read(TEXTS, SPANS)
    first = found[0]
    assert first.passage_vectors is not None
    np.testing.assert_array_equal(first.mention_features[:, -16:], np.repeat(first.passage_vectors, 2, axis=0))
    long = found[2]
    assert long.passage_vectors is not None
    for row in long.mention_features[:, -16:]:
        assert (long.passage_vectors == row).all(axis=1).sum() == 1


def test_the_encoder_projects_just_these(reader: FeatureReader, tiny_manifest: Manifest, make_bundle: Make) -> None:
    bundle = make_bundle(tiny_manifest)
    encoder = LocalEncoder(bundle, device="cpu")
    features = reader.read(TEXTS, SPANS)
    for own, encoding in zip(features, encoder.encode(TEXTS, SPANS), strict=True):
        np.testing.assert_allclose(project(bundle.mention, own.mention_features), encoding.mention_vectors, atol=1e-6)
        assert own.mentions == encoding.mentions
    types = reader.types(["dinosaur", "tyre maker", "city"])
    assert types.shape == (2, 3, 64)
    alone = reader.read(["a tyre maker"], [[(0, 12)]])[0].mention_features[0]
    np.testing.assert_allclose(types[1, 1], alone, atol=1e-6)


def test_tokens_are_what_a_tagger_is_trained_on(reader: FeatureReader) -> None:
    for text, own in zip(TEXTS, reader.read(TEXTS, [()] * 4, tokens=True), strict=True):
        assert len(own.tokens) == len(own.windows) == len(own.passages)
        for window, states in zip(own.windows, own.tokens, strict=True):
            labels = labels_of(window.starts, window.ends, text, [(0, 8)])
            assert states.shape == (len(labels), 16)
            assert labels[0] == labels[-1] == IGNORED
    assert reader.read(TEXTS, [()] * 4)[0].tokens == ()


def test_without_a_detector_nothing_is_found(reader: FeatureReader) -> None:
    assert all(features.mentions == () for features in reader.read(TEXTS))


def test_the_batch_size_does_not_move_a_feature(reader: FeatureReader) -> None:
    one = FeatureReader(reader.backbone, reader.tokenizer, reader.setup, batch_tokens=1)
    for a, b in zip(one.read(TEXTS, SPANS), reader.read(TEXTS, SPANS), strict=True):
        np.testing.assert_allclose(a.mention_features, b.mention_features, atol=1e-5)
        np.testing.assert_allclose(a.passage_vectors, b.passage_vectors, atol=1e-5)


class IdBackbone:
    """A backbone without a model: a token's state says whether it is the first or the second of two ids."""

    device, dtype, blocks = "cpu", "float32", 1

    def __init__(self, begin: int, inside: int) -> None:
        self._ids = np.array([begin, inside])
        self.widths = {State("hidden", 0): 2}

    def states(self, ids: np.ndarray, mask: np.ndarray) -> dict[State, np.ndarray]:
        return {State("hidden", 0): (ids[:, :, None] == self._ids).astype(np.float32)}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["paris", "paris texas", "paris texas texas", "river", ","]), max_size=80))
def test_detection_over_windows_finds_each_mention_once_and_whole(reader: FeatureReader, words: list[str]) -> None:
    ids = [reader.tokenizer.token_to_id(word) for word in ("paris", "texas")]
    setup = Setup(Windows(18, 8), ("{type}",), (parse_tap("hidden@0:mean"),), None, State("hidden", 0))
    weight = np.array([[-9, -9], [9, 0], [0, 9]], np.float32)
    detector = Detector(Head((Layer(weight, np.array([4, 0, 0], np.float32)),)), 0.5)
    text = " ".join(words)
    found = FeatureReader(IdBackbone(*ids), reader.tokenizer, setup).read([text], detector=detector)[0]
    mentions = [(mention.start, mention.end) for mention in found.mentions]
    assert mentions == [match.span() for match in re.finditer(r"paris(?: texas)*", text)]
    assert len(found.mention_features) == len(mentions)


def test_no_types_no_rows(reader: FeatureReader) -> None:
    assert reader.types([]).shape == (2, 0, 64)


def test_a_setup_names_each_state_once(tiny_manifest: Manifest) -> None:
    taps = ("hidden@1:mean", "hidden@1:last", "value@0:last")
    setup = replace(tiny_manifest, taps=taps).setup()
    assert setup.states == (State("hidden", 1), State("value", 0), State("passage"))
