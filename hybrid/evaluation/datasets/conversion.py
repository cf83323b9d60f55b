"""From a corpus as it was read to a task, with an account of what the rules did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hybrid.errors import InvalidInput
from hybrid.evaluation.datasets.recipes import Recipe
from hybrid.evaluation.datasets.records import Record, Source
from hybrid.evaluation.datasets.rules import is_catch_all, without_duplicates, without_empty, words_of
from hybrid.evaluation.task import Task

CATCH_ALL = "a catch-all"
ON_REQUEST = "on request"
_TOLD = ("published", "citation", "licence")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a conversion does; `words` come before the corpus' own, its recipe's and the rule's.

    A label that has words here is asked for even where it is a catch-all.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    leave_out: Collection[str] = ()
    merge: bool = True
    drop_catch_alls: bool = True


@dataclass(frozen=True, slots=True)
class Conversion:
    """A task and how it came about: texts and mentions that were read, texts that were empty or merged into others.

    `left_out` says of each label that is not asked for why. `by_rule` are the labels that got their words by rule,
    `unknown` those that were named by the rules and that no text has.
    """

    task: Task
    read: int
    read_mentions: int
    empty: int
    merged: int
    left_out: Mapping[str, str]
    by_rule: tuple[str, ...]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]


def convert(name: str, source: Source, rules: Rules, recipe_words: Mapping[str, str] | None = None) -> Conversion:
    """A corpus to a task by the rules of `hybrid.evaluation.datasets.rules`.

    Texts keep their ids; where one has none, the ids of all are their places among the texts that were read, from 0.

    Raises:
        InvalidInput: nothing is left to ask or to ask for, or two texts have one id.
    """
    records = _with_ids(source.records)
    shown = without_empty(records)
    kept = without_duplicates(shown) if rules.merge else shown
    labels = _labels(source, kept)
    left_out = _left_out(labels, source, rules)
    asked = [label for label in labels if label not in left_out]
    if not asked:
        raise InvalidInput(f"{name} has {len(kept):,} texts and no type that could be asked for")
    known = dict(recipe_words or {}) | (source.words or {}) | dict(rules.words)
    # The rule looks at all labels, so that leaving one out changes no other one's words.
    by_rule = words_of(labels)
    task = Task(
        name,
        tuple(record.sentence for record in kept),
        {label: known.get(label, by_rule[label]) for label in asked},
        tuple(record.id or "" for record in kept),
        _judged(asked, kept) if source.judged else None,
    )
    return Conversion(
        task,
        read=len(records),
        read_mentions=sum(len(record.sentence.spans) for record in records),
        empty=len(records) - len(shown),
        merged=len(shown) - len(kept),
        left_out=left_out,
        by_rule=tuple(label for label in asked if label not in known),
        unknown=tuple(label for label in (*rules.words, *rules.leave_out) if label not in labels),
        notes=source.notes,
    )


def origin_of(made: Conversion, files: Sequence[str], recipe: Recipe | None = None) -> dict[str, Any]:
    """Where a data set is from and what the rules did, as `dataset.json` tells it; `files` are without folders."""
    published = {} if recipe is None else {"recipe": recipe.name} | {name: getattr(recipe, name) for name in _TOLD}
    return published | {
        "files": list(files),
        "read": made.read,
        "read_mentions": made.read_mentions,
        "empty": made.empty,
        "merged": made.merged,
        "left_out": dict(made.left_out),
        "by_rule": list(made.by_rule),
        "unknown": list(made.unknown),
        "notes": list(made.notes),
    }


def mentions_by_label(task: Task) -> Counter[str]:
    """How many mentions there are of each label, asked for or not."""
    return Counter(span.label for sentence in task.sentences for span in sentence.spans)


def _with_ids(records: Sequence[Record]) -> list[Record]:
    if any(record.id is None for record in records):
        return [Record(record.sentence, str(place), record.answers) for place, record in enumerate(records)]
    twice = [id for id, count in Counter(record.id for record in records).items() if count > 1]
    if twice:
        raise InvalidInput(f"two texts have the id {twice[0]!r}; expected one text an id in all files together")
    return list(records)


def _labels(source: Source, records: Sequence[Record]) -> list[str]:
    """In the order of the corpus' own types, else of the alphabet; those that some text answers."""
    found: set[str] = set()
    for record in records:
        found |= record.answers if source.judged else record.sentence.labels
    return sorted(found) if source.words is None else [label for label in source.words if label in found]


def _left_out(labels: Sequence[str], source: Source, rules: Rules) -> dict[str, str]:
    reasons = {}
    for label in labels:
        if label in rules.leave_out:
            reasons[label] = ON_REQUEST
        # A type that the corpus itself asks for in words is no label of an annotator.
        elif rules.drop_catch_alls and source.words is None and label not in rules.words and is_catch_all(label):
            reasons[label] = CATCH_ALL
    return reasons


def _judged(labels: Sequence[str], records: Sequence[Record]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {label: set() for label in labels}
    for index, record in enumerate(records):
        for label in record.answers:
            if label in found:
                found[label].add(index)
    return {label: frozenset(indexes) for label, indexes in found.items()}
