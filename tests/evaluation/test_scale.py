"""Quality against the number of texts, on a data set whose answers are known."""

import pytest

from hybrid.evaluation.comparison import run_systems
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.ir import measure
from hybrid.evaluation.scale import measure_scale, scale_to_json
from hybrid.evaluation.systems.factory import open_system
from hybrid.evaluation.task import Task
from hybrid.testing import FakeEncoder

SYSTEMS = [open_system("bm25"), open_system("typed")]


def sentence(text: str, **labels: str) -> Sentence:
    spans = (LabelledSpan(text.index(word), text.index(word) + len(word), label) for label, word in labels.items())
    return Sentence(text, tuple(spans))


TEXTS = (
    *(sentence(f"the Rhine floods {place}", river="Rhine") for place in range(6)),
    *(sentence(f"a bank in Basel {place}", city="Basel") for place in range(6)),
    sentence("the one Matterhorn", peak="Matterhorn"),
)
TASK = Task("made", TEXTS, {"river": "Rhine", "city": "Basel", "peak": "Matterhorn", "none": "none"})


def whole(task=TASK, spans=("gold",)):
    found = {}
    for own, run in run_systems([task], SYSTEMS, FakeEncoder(), spans=spans):
        found.setdefault(run.spans, {})[run.system] = measure(own, run.rankings)
    return found


def test_every_size_has_the_same_types_and_a_line_for_every_system():
    [curve] = measure_scale(TASK, SYSTEMS, FakeEncoder(), whole(), sizes=(4, 8, 99))
    assert (curve.key, [point.texts for point in curve.points]) == ("made", [4, 8, 13])
    assert curve.points[-1].answers.keys() == curve.points[0].answers.keys()
    assert curve.points[-1].answers["river"] == curve.points[-1].answers["city"] == 6
    assert all(list(point.systems) == ["bm25", "typed"] for point in curve.points)


def test_a_type_without_an_answer_in_the_smallest_sample_is_in_no_mean():
    [curve] = measure_scale(TASK, SYSTEMS, FakeEncoder(), whole(), sizes=(2,))
    assert set(curve.points[0].answers) | set(curve.left_out) == {"river", "city", "peak"}
    assert curve.left_out


def test_the_last_point_is_what_was_measured_on_all_texts():
    values = {"gold": {"bm25": {label: {"RPrec": 0.25} for label in ("river", "city", "peak")}}}
    [curve] = measure_scale(TASK, SYSTEMS[:1], FakeEncoder(), values, sizes=(6,))
    assert curve.points[-1].systems == {"bm25": {"RPrec": 0.25}}
    assert curve.points[0].systems["bm25"]["RPrec"] == pytest.approx(1.0)


def test_a_word_that_stands_in_every_answer_finds_them_all_at_every_size():
    for curve in measure_scale(TASK, SYSTEMS, FakeEncoder(), whole(spans=("gold", "detected")), sizes=(4, 8)):
        assert [point.systems["bm25"]["RPrec"] for point in curve.points] == [1.0, 1.0, 1.0]


def test_detected_mentions_have_a_curve_of_their_own():
    curves = measure_scale(TASK, SYSTEMS, FakeEncoder(), whole(spans=("gold", "detected")), sizes=(4,))
    assert [curve.key for curve in curves] == ["made", "made/detected"]


def test_a_small_data_set_is_one_point():
    [curve] = measure_scale(TASK, SYSTEMS, FakeEncoder(), whole())
    assert [point.texts for point in curve.points] == [13]


def test_what_nothing_answers_has_no_curve():
    void = Task("void", TEXTS, {"none": "none"})
    assert measure_scale(void, SYSTEMS, FakeEncoder(), whole(void)) == ()


def test_json_holds_every_point_with_r():
    told = scale_to_json(measure_scale(TASK, SYSTEMS, FakeEncoder(), whole(), sizes=(12,)))
    assert list(told) == ["made"]
    assert [point["texts"] for point in told["made"]["points"]] == [12, 13]
    assert told["made"]["points"][-1]["R"]["river"] == 6
    assert told["made"]["seed"] == 13


def test_samples_are_drawn_several_times_over_the_same_types():
    [curve] = measure_scale(TASK, SYSTEMS, FakeEncoder(), whole(), sizes=(8,), draws=3)
    small, all_texts = curve.points
    assert list(small.draws) == [13, 14, 15]
    drawn = [own["typed"]["RPrec"] for own in small.draws.values()]
    assert small.systems["typed"]["RPrec"] == pytest.approx(sum(drawn) / 3)
    assert all_texts.spread("typed", "RPrec") == 0.0
    assert {"river", "city"} <= set(small.answers)


def test_a_type_that_one_draw_has_no_answer_for_is_in_no_mean():
    curves = [measure_scale(TASK, SYSTEMS, FakeEncoder(), whole(), sizes=(4,), draws=draws) for draws in (1, 8)]
    one, many = (set(curve.left_out) for [curve] in curves)
    assert one <= many
    assert "peak" in many
