"""The operating point for retrieval: the grid against a real detection at one of its points."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid.encoding.bundle import load_bundle
from hybrid.encoding.detection import Detector
from hybrid.encoding.factory import locate
from hybrid.encoding.passed_over import PASSED_OVER
from hybrid.encoding.projection import Head, Layer
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.task import Task
from hybrid.training.config import silent
from hybrid.training.detector import off_begin
from hybrid.training.operating import NOISE, POINTS, Retrieval, Tried, cheapest
from hybrid.training.typed import read_dev_table, typed_r_precision

TEXTS = {
    "Labour won in Ottawa": {"Labour": "party", "Ottawa": "city"},
    "The Liberals left Halifax and Nova Scotia": {"Liberals": "party", "Halifax": "city"},
    "It rained all day": {},
    "RT @NASA https://t.co/OI5UezRRlv": {},
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
    shapes = shipped.manifest.heads.detector.shapes
    return Retrieval((TASK,), minilm_reader, shipped.mention, shipped.type, shapes)


@pytest.mark.parametrize("passes_over", [(), PASSED_OVER])
@pytest.mark.parametrize("place", [0, len(POINTS) // 2, len(POINTS) - 1])
def test_each_figure_is_that_of_a_bundle_with_this_point(shipped, retrieval, minilm_reader, place, passes_over):
    retrieval = replace(retrieval, passes_over=passes_over)
    threshold, margin = POINTS[place]
    first, last = shipped.detector.layers
    tagger = Head((first, Layer(last.weight, last.bias - off_begin(margin))), shipped.detector.activation)
    read = minilm_reader.read(list(TEXTS), detector=Detector(tagger, threshold, retrieval.shapes, passes_over))
    spans = [[(mention.start, mention.end) for mention in own.mentions] for own in read]
    table = read_dev_table(TASK, minilm_reader, silent, spans)
    expected = typed_r_precision(table, shipped.mention, shipped.type)
    found = retrieval.figures(TASK, shipped.detector, silent)[place]
    assert found.r_precision == pytest.approx(expected)
    assert found.mentions == sum(map(len, spans))


def test_the_point_is_the_cheapest_of_the_best(shipped, retrieval):
    figures = retrieval.figures(TASK, shipped.detector, silent)
    assert retrieval.best_point(shipped.detector, silent) == cheapest(figures)


def test_of_points_as_good_as_the_best_the_one_with_fewest_mentions_is_taken():
    tried = [Tried(0.5, 100)] * len(POINTS)
    tried[3], tried[5], tried[7] = Tried(0.5 - NOISE / 2, 40), Tried(0.5 - NOISE * 2, 10), Tried(0.5, 40)
    assert cheapest(tried) == POINTS[3]
    assert cheapest([Tried(0.5, 100)] * len(POINTS)) == POINTS[0]


def test_where_nothing_is_detected_anywhere_every_point_is_measured(shipped, retrieval):
    first, last = shipped.detector.layers
    blind = Head((first, Layer(np.zeros_like(last.weight), np.array([99, 0, 0], np.float32))), "relu")
    assert len(set(retrieval.figures(TASK, blind, silent))) == 1
