"""The operating point for retrieval: the grid against a real detection at one of its points."""

import numpy as np
import pytest

from hybrid.encoding.bundle import load_bundle
from hybrid.encoding.detection import Detector
from hybrid.encoding.factory import locate
from hybrid.encoding.projection import Head, Layer
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.task import Task
from hybrid.training.config import silent
from hybrid.training.detector import off_begin
from hybrid.training.operating import POINTS, Retrieval
from hybrid.training.typed import read_dev_table, typed_r_precision

TEXTS = {
    "Labour won in Ottawa": {"Labour": "party", "Ottawa": "city"},
    "The Liberals left Halifax and Nova Scotia": {"Liberals": "party", "Halifax": "city"},
    "It rained all day": {},
    "Ada Lovelace saw the Thames": {},
}


def sentence(text: str, spans: dict[str, str]) -> Sentence:
    return Sentence(text, tuple(LabelledSpan(text.index(one), text.index(one) + len(one), spans[one]) for one in spans))


TASK = Task("made", tuple(sentence(*pair) for pair in TEXTS.items()), {"party": "political party", "city": "city"})


@pytest.fixture(scope="module")
def shipped():
    return load_bundle(locate("minilm"))


@pytest.fixture(scope="module")
def retrieval(shipped, minilm_reader) -> Retrieval:
    return Retrieval((TASK,), minilm_reader, shipped.mention, shipped.type, shipped.manifest.heads.detector.shapes)


@pytest.mark.parametrize("place", [0, len(POINTS) // 2, len(POINTS) - 1])
def test_each_figure_is_that_of_a_bundle_with_this_point(shipped, retrieval, minilm_reader, place):
    threshold, margin = POINTS[place]
    first, last = shipped.detector.layers
    tagger = Head((first, Layer(last.weight, last.bias - off_begin(margin))), shipped.detector.activation)
    read = minilm_reader.read(list(TEXTS), detector=Detector(tagger, threshold, retrieval.shapes))
    spans = [[(mention.start, mention.end) for mention in own.mentions] for own in read]
    table = read_dev_table(TASK, minilm_reader, silent, spans)
    expected = typed_r_precision(table, shipped.mention, shipped.type)
    assert retrieval.figures(TASK, shipped.detector, silent)[place] == pytest.approx(expected)


def test_the_best_point_is_of_the_highest_figure(shipped, retrieval):
    figures = retrieval.figures(TASK, shipped.detector, silent)
    assert retrieval.best_point(shipped.detector, silent) == POINTS[int(np.argmax(figures))]


def test_where_nothing_is_detected_anywhere_every_point_is_measured(shipped, retrieval):
    first, last = shipped.detector.layers
    blind = Head((first, Layer(np.zeros_like(last.weight), np.array([99, 0, 0], np.float32))), "relu")
    assert len(set(retrieval.figures(TASK, blind, silent))) == 1
