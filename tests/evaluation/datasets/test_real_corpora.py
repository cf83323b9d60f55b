"""The real corpora by their recipes; collected only where the corpora are."""

import json
import os
from pathlib import Path

import pytest

from hybrid.evaluation.datasets import Rules, convert, find_recipe, read_dataset, read_recipe, write_dataset

CORPORA = Path(os.environ.get("HYBRID_CORPORA", ""))


@pytest.mark.parametrize(
    ("recipe", "place", "read", "mentions", "types"),
    [
        ("few-nerd", "few-nerd/inter-dev.txt", 18_743, 34_722, 13),
        ("few-nerd", "few-nerd/inter-train-sample.txt", 24_680, 58_346, 36),
        ("few-nerd", "few-nerd/all-mentions.txt", 7_166, 20_385, 47 + 1),
        ("multiconer2", "multiconer2", 15_099, 22_921, 33),
        ("crossner-politics", "crossner", 1_392, 8_995, 9),
        ("crossner-science", "crossner/science", 1_193, 6_702, 17),
        # 22,440 begin with B, 11 with an I that continues nothing.
        ("stackoverflow-ner", "stackoverflow-ner", 12_825, 22_440 + 11, 28),
        ("bionlp13cg", "bionlp13cg", 5_942, 21_323, 16),
        ("wnut17", "wnut17", 5_690, 3_890, 6),
    ],
)
def test_counts_are_those_of_the_publishers(recipe, place, read, mentions, types):
    known = find_recipe(recipe)
    source, _ = read_recipe(known, [CORPORA / place])
    made = convert(recipe, source, Rules(), known.words)
    assert (made.read, made.read_mentions, len(made.task.types) + len(made.left_out)) == (read, mentions, types)
    # `mention` hides labels in a piece of Few-NERD; every published label has words.
    assert set(made.by_rule) <= {"mention"}
    assert (made.empty, len(made.task.sentences) + made.merged) == (0, read)


@pytest.mark.parametrize(
    ("recipe", "task", "place"),
    [
        ("few-nerd", "few-nerd", "few-nerd/inter-dev.txt"),
        ("crossner-politics", "politics", "crossner"),
        ("crossner-science", "science", "crossner"),
        ("wnut17", "wnut17", "wnut17"),
    ],
)
def test_types_and_words_are_those_that_dev_asks(recipe, task, place):
    known = find_recipe(recipe)
    made = convert(recipe, read_recipe(known, [CORPORA / place])[0], Rules(), known.words)
    assert made.task.types == json.loads((CORPORA / "dev" / "types.json").read_text())[task]


def test_a_whole_corpus_is_written_and_read(tmp_path):
    known = find_recipe("multiconer2")
    task = convert("set", read_recipe(known, [CORPORA / "multiconer2"])[0], Rules(), known.words).task
    write_dataset(task, tmp_path / "set", {})
    assert read_dataset(tmp_path / "set") == task
