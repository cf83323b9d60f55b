"""Quality against the width of mention vectors cut to their principal axes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.evaluation.comparison import run_systems
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.dimensions import cut, dimensions_to_json, measure_widths, principal_axes
from hybrid.evaluation.ir import measure
from hybrid.evaluation.systems.factory import open_system
from hybrid.evaluation.task import Task
from hybrid.retriever import centring
from hybrid.testing import FakeEncoder

NAMES = ("Rhine", "Basel", "Danube", "Vienna", "Etna", "عمان")
TASK = Task(
    "made",
    tuple(
        Sentence(
            f"see {name} now 🦕", (LabelledSpan(4, 4 + len(name), "river" if name in ("Rhine", "Danube") else "b"),)
        )
        for name in NAMES
    ),
    {"river": "river Rhine", "b": "see Basel", "none": "none"},
)
SEEDS = st.integers(0, 2**32 - 1)


def vectors_of(seed: int, count: int = 20, width: int = 6):
    drawn = np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@given(SEEDS)
def test_axes_are_orthonormal_and_hold_shares_that_fall_and_sum_to_1(seed):
    axes, held = principal_axes(vectors_of(seed))
    assert np.allclose(axes.T @ axes, np.eye(6), atol=1e-9)
    assert held.sum() == pytest.approx(1.0)
    assert (np.diff(held) <= 1e-12).all()


@given(SEEDS)
def test_at_full_width_every_cosine_is_what_it_was(seed):
    vectors = vectors_of(seed)
    axes, _ = principal_axes(vectors)
    written = cut(vectors, axes)
    assert np.allclose(written @ written.T, vectors @ vectors.T, atol=1e-5)


@given(SEEDS, st.integers(1, 6))
def test_the_first_axes_hold_as_much_length_as_they_say(seed, width):
    """No other axes of as many hold more (Eckart and Young 1936); here against those of the coordinates."""
    vectors = vectors_of(seed)
    axes, held = principal_axes(vectors)
    kept = ((vectors @ axes[:, :width]) ** 2).sum() / len(vectors)
    assert kept == pytest.approx(held[:width].sum(), abs=1e-5)
    assert kept >= (vectors[:, :width] ** 2).sum() / len(vectors) - 1e-5


@given(SEEDS, st.integers(1, 6))
def test_cut_vectors_have_unit_length(seed, width):
    vectors = vectors_of(seed)
    written = cut(vectors, principal_axes(vectors)[0][:, :width])
    assert written.shape == (20, width)
    assert np.allclose(np.linalg.norm(written, axis=1), 1.0, atol=1e-5)


def test_a_vector_without_a_part_in_the_axes_stays_0():
    assert cut(np.array([[0.0, 1.0]], np.float32), np.array([[1.0], [0.0]])).tolist() == [[0.0]]


class Centring(FakeEncoder):
    """A bundle that was measured to be better with centred questions."""

    how = "typed; centring=1"


@pytest.mark.parametrize("encoder", [FakeEncoder(), Centring()], ids=lambda encoder: encoder.how)
@pytest.mark.parametrize("spans", ["gold", "detected"])
def test_the_full_width_gives_what_the_typed_leg_gives(spans, encoder, monkeypatch):
    # Else so few vectors would hardly count.
    monkeypatch.setattr(centring, "PRIOR", 0)
    [curve] = measure_widths(TASK, encoder, (2, 4), [spans])
    [(_, run)] = run_systems([TASK], [open_system("typed")], encoder, spans=[spans])
    assert [point.width for point in curve.points] == [2, 4, encoder.dimensions.mention]
    expected = {label: own["RPrec"] for label, own in measure(TASK, run.rankings).items()}
    assert curve.points[-1].types == expected
    assert curve.points[-1].held == pytest.approx(1.0)


def test_widths_that_are_not_below_the_full_one_are_left_out():
    full = FakeEncoder().dimensions.mention
    [curve] = measure_widths(TASK, FakeEncoder(), (full, full + 1), ["gold"])
    assert [point.width for point in curve.points] == [full]


@pytest.mark.parametrize(
    "task",
    [
        Task("unmarked", (Sentence("Basel", ()),), {"b": "Basel"}),
        Task("unanswered", TASK.sentences, {"none": "none"}),
        Task("empty", (), {"b": "Basel"}),
    ],
    ids=lambda task: task.name,
)
def test_without_mentions_or_answers_there_is_no_curve(task):
    assert list(measure_widths(task, FakeEncoder(), (2,), ["gold"])) == []


def test_json_holds_every_width():
    told = dimensions_to_json(measure_widths(TASK, FakeEncoder(), (2,), ["gold", "detected"]))
    assert list(told) == ["made", "made/detected"]
    first = told["made"]["points"][0]
    assert (told["made"]["system"], first["width"]) == ("typed", 2)
    assert first["types"].keys() == {"river", "b"}
    assert first["RPrec"] == pytest.approx(sum(first["types"].values()) / 2)
