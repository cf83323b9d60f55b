"""The protocol of NER Retriever's published code, so that figures can be laid beside the paper's.

Shachar et al.: NER Retriever, 2025, arXiv 2509.04011; code: github.com/ShacharOr100/ner_retriever and, of the same
authors, github.com/OrezriceWasHere/NERZO (evaluate_with_extraction/evaluation).

- R-Precision, macro over types; a text answers a type that it has a gold mention of, whichever of its mentions won,
  detected ones too. So far it is this library's own.
- Catch-all types (`…-other`, `OtherPER`) are in no mean.
- For sentence encoders texts of 4 words or fewer are in neither the texts nor R; for all others they are.
- Detected mentions are judged leniently, by recall alone: see `lenient_match`.

What is not repeated: which texts (the paper takes all splits of a corpus together; convert them so), its types' names,
its BM25 (bm25s, which drops stop words), and that it looks at a part of the nearest mentions only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hybrid.encoding.protocol import Encoder
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.comparison import run_systems
from hybrid.evaluation.datasets.rules import is_catch_all
from hybrid.evaluation.ir import HEADLINE, measure
from hybrid.evaluation.legs import Spans, gold_spans
from hybrid.evaluation.measures import macro
from hybrid.evaluation.nested import sample
from hybrid.evaluation.report import Values
from hybrid.evaluation.runs import Span
from hybrid.evaluation.systems.protocol import System
from hybrid.evaluation.task import Task

PAPER = "paper"
SHORT = 4
JACCARD = 0.8
DETERMINERS = {"the", "a", "an"}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A data set under one kind of mentions, by the paper's protocol.

    `systems`: macro R-Precision of each. `texts`: how many texts it searched. `left_out`: catch-all types.
    `recall`: of detected mentions, lenient; None for gold ones, and where there is no gold mention.
    """

    name: str
    spans: Spans
    systems: Mapping[str, float]
    texts: Mapping[str, int]
    left_out: tuple[str, ...]
    recall: float | None

    @property
    def key(self) -> str:
        """Its name in JSON, as that of a table."""
        return self.name if self.spans == "gold" else f"{self.name}/{self.spans}"


def measure_paper(
    task: Task,
    systems: Sequence[System],
    encoder: Encoder,
    whole: Mapping[Spans, Mapping[str, Values]],
    *,
    server: str | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Iterator[PaperTable]:
    """A table for each kind of mentions that `whole` knows: what each system gave with all texts, by label and measure.

    A system is left out where no type but catch-alls has an answer among its texts, and so is a kind without systems.

    Raises:
        HybridError: as the systems and the index do.
    """
    long = long_texts(task)
    encoders = [system for system in systems if is_sentence_encoder(system.name)]
    runs = run_systems([long], encoders, encoder, spans=list(whole), server=server, progress=progress)
    again: dict[str, Values] = {system.name: {} for system in encoders}
    if encoders:
        again |= {run.system: measure(own, run.rankings) for own, run in runs}
    left_out = tuple(label for label in task.types if is_catch_all(label))
    for spans, own in whole.items():
        values = {system: again.get(system, gave) for system, gave in own.items()}
        means = {system: _mean(gave) for system, gave in values.items() if any(not is_catch_all(one) for one in gave)}
        texts = {system: len((long if is_sentence_encoder(system) else task).sentences) for system in means}
        if means:
            recall = lenient_recall(task, encoder) if spans == "detected" else None
            yield PaperTable(task.name, spans, means, texts, left_out, recall)


def is_sentence_encoder(system: str) -> bool:
    """Whether a system is one vector a text: the dense leg or a published encoder."""
    return system.partition("@")[0] == "dense" or system.startswith("dense:")


def long_texts(task: Task) -> Task:
    """The task's texts of more than 4 words between white space."""
    kept = [place for place, sentence in enumerate(task.sentences) if len(sentence.text.split()) > SHORT]
    return sample(task, np.array(kept, dtype=np.int64), len(kept))


def lenient_recall(task: Task, encoder: Encoder) -> float | None:
    """Of all different gold mentions of each text, the share that a detected one matches; None without any."""
    found = total = 0
    with Collection(task, "detected", encoder) as collection:
        for sentence, mentions in zip(task.sentences, collection.mentions, strict=True):
            own, wanted = lenient_matches(sentence.text, mentions, gold_spans(sentence))
            found, total = found + own, total + wanted
    return found / total if total else None


def lenient_matches(text: str, detected: Iterable[Span], gold: Iterable[Span]) -> tuple[int, int]:
    """How many gold mentions of a text a detected one matches, and how many there are; of like words one counts.

    A detected mention matches one gold mention at most, the first in reading order.
    """
    wanted, left = _surfaces(text, gold), _surfaces(text, detected)
    found = 0
    for words in wanted:
        match = next((place for place, other in enumerate(left) if lenient_match(words, other)), None)
        if match is not None:
            found += 1
            del left[match]
    return found, len(wanted)


def lenient_match(first: frozenset[str], second: frozenset[str]) -> bool:
    """Whether of two sets of words one contains the other, or their Jaccard index is .8 or more; no word, no match."""
    if not first or not second:
        return False
    return first <= second or second <= first or len(first & second) >= JACCARD * len(first | second)


def mention_words(surface: str) -> frozenset[str]:
    """The words of a mention, lower-cased, without accents and without an English article before them."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", surface) if not unicodedata.combining(one))
    words = _WORD.findall(plain.casefold())
    return frozenset(words[1:] if words and words[0] in DETERMINERS else words)


def paper_to_json(tables: Iterable[PaperTable]) -> dict[str, Any]:
    """`{data set: {"left_out": […], "recall": …, "systems": {system: {"RPrec": …, "texts": …}}}}`."""
    return {
        table.key: {
            "left_out": list(table.left_out),
            "recall": table.recall,
            "systems": {
                system: {HEADLINE: value, "texts": table.texts[system]} for system, value in table.systems.items()
            },
        }
        for table in tables
    }


def _mean(values: Values) -> float:
    return macro(own[HEADLINE] for label, own in values.items() if not is_catch_all(label))


def _surfaces(text: str, spans: Iterable[Span]) -> list[frozenset[str]]:
    return list(dict.fromkeys(mention_words(text[start:end]) for start, end in sorted(spans)))
