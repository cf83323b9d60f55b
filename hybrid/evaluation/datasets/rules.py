"""The rules by which a corpus becomes a task; each is a pure function, and what it did is counted.

1. A text without a character that shows is left out.
2. Texts that are the same are one text: the first one's id, the labels of all.
3. A catch-all is not asked for: a label that is or ends in `other`, `misc` or `miscellaneous`, whatever its case, where
   a word begins (`person-other`, `misc`, `PersonOther`), or that begins with one in camel case (`OtherPER`). Few-NERD's
   `other-disease` is none. Its mentions stay, as mentions of things that nobody asks for.
4. A label is asked for in words, see `words_of`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from hybrid.evaluation.datasets.records import Record
from hybrid.evaluation.sentences import merge_duplicates

_ENDS = re.compile(r"(?:^|[\W_])(?:other|misc|miscellaneous)$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?:Other|Misc|Miscellaneous)$|^(?:Other|Misc|Miscellaneous)(?=[A-Z])")
_BORDER = re.compile(r"[-_/\s]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def without_empty(records: Sequence[Record]) -> list[Record]:
    """Rule 1: the records whose text shows something."""
    return [record for record in records if record.sentence.text.strip()]


def without_duplicates(records: Sequence[Record]) -> list[Record]:
    """Rule 2: each text once, in the order of first occurrence, with the mentions and answers of all occurrences."""
    answers: dict[str, set[str]] = {}
    for record in records:
        answers.setdefault(record.sentence.text, set()).update(record.answers)
    merged = merge_duplicates(record.sentence for record in records)
    return [
        replace(records[index], sentence=sentence, answers=frozenset(answers[sentence.text]))
        for index, sentence in merged
    ]


def is_catch_all(label: str) -> bool:
    """Rule 3: whether a label stands for whatever has no label of its own."""
    return bool(_ENDS.search(label) or _CAMEL.search(label))


def words_of(labels: Collection[str]) -> dict[str, str]:
    """Rule 4: the words that each label of a corpus is asked with.

    `-`, `_`, `/` and the borders of camel case part words. All are lower-cased, but for runs of capitals in a label
    that has small letters, too: `HumanSettlement` is asked as "human settlement", `HTML_Tag` as "HTML tag",
    `WORK_OF_ART` as "work of art". Where most labels of a corpus are `coarse-fine`, the coarse part is dropped, unless
    two labels would then be asked with the same words: Few-NERD's `art-painting` is asked as "painting".
    """
    coarse = sum("-" in label.strip("-") for label in labels) * 2 > len(labels)
    fine = {label: _words(label.partition("-")[2] if coarse else "") for label in labels}
    shared = Counter(fine.values())
    return {label: own if own and shared[own] == 1 else _words(label) or label for label, own in fine.items()}


def _words(label: str) -> str:
    mixed = any(letter.islower() for letter in label)
    words = [word for word in _BORDER.split(label) if word]
    return " ".join(word if mixed and len(word) > 1 and word.isupper() else word.lower() for word in words)
