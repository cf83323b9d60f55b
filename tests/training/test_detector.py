"""The tagger: learns where mentions are, folds its statistics in, and prefers recall."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid.encoding.detection import BEGIN, OUTSIDE
from hybrid.encoding.shapes import SHAPES, with_shapes
from hybrid.encoding.spans import Window
from hybrid.training.config import silent
from hybrid.training.detector import Tagged, _f_measure, span_figures, train_detector
from hybrid.training.settings import DetectorSettings

SETTINGS = DetectorSettings(hidden=8, epochs=20, batch=32)


def sentence(generator: np.random.Generator) -> list[Tagged]:
    """Words of one letter; those whose state is large are mentions. Far from zero, so that statistics matter."""
    inside = generator.random(10) < 0.3
    states = generator.normal(50, 3, (10, 6)) + 9.0 * inside[:, None]
    places = np.arange(0, 20, 2, dtype=np.int64)
    window = Window(np.zeros(10, dtype=np.int64), places, places + 1, (0, 19))
    labels = np.where(inside, BEGIN, OUTSIDE).astype(np.int64)
    gold = frozenset((int(place), int(place) + 1) for place in places[inside])
    return [Tagged(" ".join("a" * 10), window, states.astype(np.float32), labels, gold)]


@pytest.fixture(scope="module")
def sentences():
    generator = np.random.default_rng(3)
    return [sentence(generator) for _ in range(80)]


def test_it_learns_where_mentions_are(sentences):
    head, report = train_detector(sentences, SETTINGS, 1, silent)
    assert head.widths == (6, 8, 3)
    assert head.standardisation is None
    assert (report.sentences, report.tuned_on, report.held_out) == (64, 8, 8)
    assert report.precision > 0.9
    assert report.recall > 0.9
    assert report.overlap_recall >= report.recall
    assert 0.0 < report.threshold < 1.0


def test_a_seed_decides_every_bit(sentences):
    one, again = (train_detector(sentences, SETTINGS, 2, silent)[0] for _ in range(2))
    other, _ = train_detector(sentences, SETTINGS, 3, silent)
    assert [layer.weight.tobytes() for layer in one.layers] == [layer.weight.tobytes() for layer in again.layers]
    assert one.layers[0].weight.tobytes() != other.layers[0].weight.tobytes()


def test_what_is_passed_over_is_found_nowhere(sentences):
    settings = replace(SETTINGS, passes_over=("addresses",))
    joined = [[replace(window, text="www." + "a/" * 7 + "a") for window in own] for own in sentences]
    assert train_detector(joined, SETTINGS, 1, silent)[1].overlap_recall > 0.5
    assert train_detector(joined, settings, 1, silent)[1].overlap_recall == 0.0
    assert train_detector(sentences, settings, 1, silent)[1].recall > 0.9


def test_figures_count_exact_spans_and_overlaps():
    found = [{(0, 3), (5, 9)}, {(1, 2)}]
    gold = [frozenset({(0, 3), (4, 6)}), frozenset({(7, 9)})]
    precision, recall, overlap = span_figures(found, gold)
    assert (precision, recall, overlap) == (pytest.approx(1 / 3), pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert span_figures([set()], [frozenset()]) == (0.0, 0.0, 0.0)


def test_recall_counts_twice():
    assert _f_measure(0.5, 0.9) > _f_measure(0.9, 0.5)
    assert _f_measure(0.6, 0.6) == pytest.approx(0.6)
    assert _f_measure(0.0, 0.0) == 0.0


def test_with_shapes_it_learns_what_states_cannot_tell(shaped):
    settings = replace(SETTINGS, shapes=True, learning_rate=0.01)
    head, report = train_detector(shaped, settings, 1, silent)
    assert head.widths == (6 + len(SHAPES), 8, 3)
    assert min(report.precision, report.recall) > 0.95


@pytest.fixture(scope="module")
def shaped():
    """States say nothing; the words with a capital are the mentions."""
    generator = np.random.default_rng(5)
    return [shaped_sentence(generator) for _ in range(80)]


def shaped_sentence(generator: np.random.Generator) -> list[Tagged]:
    names = generator.random(10) < 0.3
    text = "so " + " ".join("Ada" if name else "ada" for name in names)
    starts = np.array([0, *range(3, 43, 4)], dtype=np.int64)
    ends = np.append(2, starts[1:] + 3)
    labels = np.array([OUTSIDE, *np.where(names, BEGIN, OUTSIDE)], dtype=np.int64)
    gold = frozenset((int(start), int(start) + 3) for start, name in zip(starts[1:], names, strict=True) if name)
    window = Window(np.zeros(11, dtype=np.int64), starts, ends, (0, len(text)))
    return [Tagged(text, window, with_shapes(np.zeros((11, 6), np.float32), starts, ends, text), labels, gold)]


def test_the_point_is_that_of_the_chooser_where_there_is_one(sentences):
    head, report = train_detector(sentences, SETTINGS, 1, silent, lambda head: (0.75, 1.0))
    plain, _ = train_detector(sentences, SETTINGS, 1, silent, lambda head: (0.75, 0.0))
    assert (report.threshold, report.margin, report.for_retrieval) == (0.75, 1.0, True)
    np.testing.assert_allclose(plain.layers[1].bias - head.layers[1].bias, [0.0, 1.0, 0.0], atol=1e-6)
    assert not train_detector(sentences, SETTINGS, 1, silent)[1].for_retrieval
