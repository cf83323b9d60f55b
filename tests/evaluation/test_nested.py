"""Nested samples that keep every type's share."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.nested import default_sizes, sample, sampling_order
from hybrid.evaluation.task import Task

LABELS = st.lists(st.frozensets(st.sampled_from("abc")), min_size=1, max_size=60)


def task_of(labels) -> Task:
    sentences = tuple(
        Sentence(f"text {place} 🦕", tuple(LabelledSpan(0, 4, label) for label in sorted(own)))
        for place, own in enumerate(labels)
    )
    return Task("made", sentences, {label: label for label in "abc"})


@pytest.mark.parametrize(
    ("texts", "sizes"), [(1, (1,)), (1000, (1000,)), (1001, (1000, 1001)), (5000, (1000, 2000, 4000, 5000))]
)
def test_sizes_double_from_1000_to_all(texts, sizes):
    assert default_sizes(texts) == sizes


@given(LABELS)
def test_an_order_holds_every_text_once_and_is_the_same_again(labels):
    task = task_of(labels)
    order = sampling_order(task)
    assert sorted(order.tolist()) == list(range(len(labels)))
    assert np.array_equal(order, sampling_order(task))


def test_another_seed_gives_another_order():
    task = task_of([frozenset("a")] * 50)
    assert sampling_order(task, 1).tolist() != sampling_order(task, 2).tolist()


@given(LABELS, st.integers(1, 60))
def test_a_sample_keeps_the_share_of_every_set_of_types(labels, size):
    """Of a set with n texts, a sample whose last place is t holds n t of them but for less than one, so two sets'
    shares are apart by less than a text of each."""
    size = min(size, len(labels))
    drawn = [sentence.labels for sentence in sample(task_of(labels), sampling_order(task_of(labels)), size).sentences]
    kinds = set(labels)
    lowest = max((drawn.count(kind) - 1) / labels.count(kind) for kind in kinds)
    highest = min((drawn.count(kind) + 1) / labels.count(kind) for kind in kinds)
    assert lowest < highest


def test_shares_of_large_strata_are_kept_to_a_text():
    task = task_of([frozenset("a")] * 300 + [frozenset("b")] * 100)
    order = sampling_order(task)
    for size in (20, 100, 200):
        found = sample(task, order, size).answers()
        assert abs(len(found["a"]) - 0.75 * size) <= 1
        assert abs(len(found["b"]) - 0.25 * size) <= 1


@given(LABELS)
def test_a_smaller_sample_is_within_every_larger_one(labels):
    task = task_of(labels)
    order = sampling_order(task)
    ids = [set(sample(task, order, size).ids) for size in range(len(labels) + 1)]
    assert all(small < large for small, large in pairwise(ids))


def test_all_texts_are_the_task_itself_under_another_name():
    task = task_of([frozenset("a"), frozenset(), frozenset("bc")])
    whole = sample(task, sampling_order(task), 3)
    assert (whole.name, whole.sentences, whole.types) == ("made at 3 texts", task.sentences, task.types)
    assert whole.ids == ("0", "1", "2")


def test_judgements_follow_their_texts():
    judged = {"a": frozenset({0, 2}), "b": frozenset({1}), "c": frozenset()}
    task = Task("made", tuple(Sentence(text, ()) for text in "xyz"), dict.fromkeys("abc", ""), ("i", "j", "k"), judged)
    small = sample(task, np.array([2, 1, 0]), 2)
    assert small.ids == ("j", "k")
    assert small.answers() == {"a": frozenset({1}), "b": frozenset({0}), "c": frozenset()}
