"""The real tasks; collected only where the corpora are."""

import os
from pathlib import Path

from hybrid.evaluation.dev import read_dev


def test_every_type_has_as_many_answers_as_the_sample_says():
    tasks = read_dev(Path(os.environ["HYBRID_CORPORA"]))
    assert [(task.name, len(task.sentences), len(task.types)) for task in tasks] == [
        ("few-nerd", 4000, 10),
        ("politics", 1390, 8),
        ("science", 1161, 16),
        ("wnut17", 3000, 6),
    ]
