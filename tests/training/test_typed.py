"""The typed leg in memory against a loop over texts."""

import numpy as np
import pytest

from hybrid.encoding.projection import Head, Layer, Standardisation
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.measures import macro, r_precision
from hybrid.evaluation.task import Task
from hybrid.training.typed import DevTable, typed_r_precision

WIDTH, TEXTS = 12, 9


@pytest.fixture
def table() -> DevTable:
    generator = np.random.default_rng(4)
    labels = [("a", "b")[place % 2] for place in range(TEXTS)]
    sentences = tuple(Sentence(f"text {place}", (LabelledSpan(0, 4, label),)) for place, label in enumerate(labels))
    owner = np.array([0, 0, 1, 2, 3, 5, 6, 6, 6, 8])  # texts 4 and 7 have no mention
    mentions = generator.standard_normal((len(owner), WIDTH)).astype(np.float32)
    types = generator.standard_normal((2, 2, WIDTH)).astype(np.float32)
    task, spans = Task("made", sentences, {"a": "a", "b": "b"}), np.zeros((len(owner), 2), np.int64)
    return DevTable(task, mentions, owner, spans, types)


def head(seed: int) -> Head:
    generator = np.random.default_rng(seed)
    layer = Layer(generator.standard_normal((5, WIDTH)).astype(np.float32), np.zeros(5, np.float32))
    mean, std = generator.standard_normal(WIDTH), generator.uniform(0.5, 2, WIDTH)
    return Head((layer,), None, Standardisation(mean.astype(np.float32), std.astype(np.float32)))


def test_a_text_counts_by_its_nearest_mention_and_one_without_is_last(table):
    mention, type = head(1), head(2)
    values = []
    for place, label in enumerate(table.task.types):
        question = np.stack([type.apply(carrier[place][None])[0] for carrier in table.types]).mean(axis=0)
        vectors = mention.apply(table.mentions)
        score = {text: max(vectors[table.owner == text] @ question) for text in set(table.owner.tolist())}
        ranked = [*sorted(score, key=lambda text: -score[text]), *(t for t in range(TEXTS) if t not in score)]
        values.append(r_precision(ranked, table.task.relevant(label)))
    assert typed_r_precision(table, [mention], [type]) == pytest.approx(macro(values))
