"""Types of the labelled corpora that nothing is trained on, so that early stopping can be measured without DEV.

Of each corpus a tenth of the labels, drawn by a seed that is not the run's: heads of several seeds learn the same. The
texts that are searched are left out whole; in any other text a mention of a held-out type is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hybrid.errors import InvalidInput
from hybrid.evaluation.sentences import Sentence
from hybrid.evaluation.task import Task
from hybrid.training.sources.labelled import LabelledCorpus

SHARE, SEED = 0.1, 0
TEXTS = 500


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One corpus' task, the corpus that is left to train on, and every name of the labels that were taken."""

    task: Task
    rest: LabelledCorpus
    names: frozenset[str]


def hold_out(corpus: LabelledCorpus, share: float = SHARE, texts: int = TEXTS) -> HeldOut:
    """At least one type; up to `texts` sentences that answer one, and as many that answer none, where there are.

    Raises:
        InvalidInput: no type, or only one, has a mention.
        InvalidFile: the corpus is missing or damaged.
    """
    generator = np.random.default_rng(SEED)
    sentences = list(corpus.sentences())
    used = sorted({label for sentence in sentences for label in sentence.labels & corpus.types.keys()})
    if len(used) < 2:
        raise InvalidInput(f"{corpus.name} has mentions of {len(used)} types; expected at least 2 to hold one out")
    labels = frozenset(generator.choice(used, size=max(1, round(share * len(used))), replace=False).tolist())
    answers = _some([own for own in sentences if own.labels & labels], texts, generator)
    others = _some([own for own in sentences if not own.labels & labels], len(answers), generator)
    types = {label: names[0] for label, names in corpus.types.items()}
    asked = {label: types[label] for label in sorted(labels) if any(label in own.labels for own in answers)}
    task = Task(f"held-out {corpus.name}", (*answers, *others), asked)
    names = frozenset(name for label in labels for name in corpus.types[label])
    return HeldOut(task, corpus.leaving_out(labels, texts_of([task])), names)


def hold_out_of_all(
    corpora: Mapping[str, LabelledCorpus],
) -> tuple[list[Task], dict[str, LabelledCorpus], frozenset[str]]:
    """A task of each corpus, what is left of all of them without labels of the same names, and these names.

    Raises as `hold_out`.
    """
    held = [hold_out(corpus) for _, corpus in sorted(corpora.items())]
    names = frozenset(name for own in held for name in own.names)
    texts = texts_of(own.task for own in held)
    rest = {
        corpus.name: corpus.leaving_out([label for label, own in corpus.types.items() if names & {*own}], texts)
        for corpus in corpora.values()
    }
    return [own.task for own in held], rest, names


def texts_of(tasks: Iterable[Task]) -> frozenset[str]:
    """Every text of the tasks."""
    return frozenset(sentence.text for task in tasks for sentence in task.sentences)


def _some(sentences: Sequence[Sentence], count: int, generator: np.random.Generator) -> list[Sentence]:
    """`count` of them, or all, in their order."""
    chosen = generator.choice(len(sentences), size=min(count, len(sentences)), replace=False)
    return [sentences[at] for at in np.sort(chosen).tolist()]
