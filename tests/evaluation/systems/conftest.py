"""A small task: texts with gold mentions, and an index of them by an encoder without a model."""

from collections.abc import Iterator

import pytest

from hybrid.evaluation.collection import Collection
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.task import Task
from hybrid.testing import FakeEncoder

TEXTS = ("The river Rhine floods", "The Rhine river in Basel", "A bank in Basel", "Some lake", "river river", "🦕 نهر")
SPANS = {0: ("Rhine", "river"), 1: ("Rhine", "river"), 2: ("Basel", "city")}


def sentence(place: int) -> Sentence:
    text = TEXTS[place]
    surface, label = SPANS.get(place, ("", ""))
    start = text.index(surface)
    return Sentence(text, (LabelledSpan(start, start + len(surface), label),) if label else ())


@pytest.fixture(scope="session")
def task() -> Task:
    types = {"river": "river Rhine", "city": "Basel"}
    return Task("made", tuple(sentence(place) for place in range(len(TEXTS))), types)


@pytest.fixture
def collection(task) -> Iterator[Collection]:
    with Collection(task, "gold", FakeEncoder()) as made:
        yield made
