"""Ranked lists of every leg over a task, as a real index gives them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from hybrid.documents import Document, Leg, Mention
from hybrid.encoding.protocol import Encoder
from hybrid.errors import InvalidInput
from hybrid.evaluation.conll import Sentence
from hybrid.evaluation.measures import macro, r_precision
from hybrid.evaluation.task import Task
from hybrid.fusion import RankedList
from hybrid.planning.notation import How, Term, print_how
from hybrid.retriever import Retriever

Spans: TypeAlias = Literal["gold", "detected"]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One type of a task: its words, the texts that answer it, and the whole ranked list of each leg that there is.

    Scores are raw; without passage vectors there is no dense leg.
    """

    label: str
    words: str
    relevant: frozenset[int]
    lists: Mapping[Leg, RankedList]


@contextmanager
def index_task(task: Task, encoder: Encoder, spans: Spans, target: str | None = None) -> Iterator[Retriever]:
    """An index of a task's texts, with gold or detected mentions, that is gone afterwards.

    It lies on this machine, or where `target` says: `opensearch://host:9200/index`.

    Raises:
        InvalidInput: a text was refused, so that figures would not be those of the task.
        IndexExists: something is at the target.
    """
    with _made(encoder, target) as retriever:
        documents = (_document(place, sentence, spans) for place, sentence in enumerate(task.sentences))
        report = retriever.index(documents, progress=False)
        if report.refused:
            first = report.refused[0]
            raise InvalidInput(f"text {first.id} of {task.name} was refused: {first.reason}")
        yield retriever


def ask(task: Task, retriever: Retriever, centring: float | None = None) -> tuple[Asked, ...]:
    """Every type of a task put to each leg of the index by itself, exactly, over all its texts.

    `centring`: how far questions are centred; None is the bundle's.
    """
    hows = {leg: print_how(How((Term(leg),), centring=centring)) for leg in _legs(retriever)}
    count = len(task.sentences)
    return tuple(
        Asked(
            label,
            words,
            task.relevant(label),
            {leg: _whole_list(retriever, words, how, count) for leg, how in hows.items()},
        )
        for label, words in task.types.items()
    )


def found_by(retriever: Retriever, words: str, how: str, k: int) -> list[int]:
    """The first k texts of a task for a question asked in any way, at the default depth (1,000, or 2 k where more)."""
    hits = retriever.find(words, how=how, k=k, exact=True, mentions=0, text=False)
    return [int(hit.id) for hit in hits]


def macro_r_precision(asked: tuple[Asked, ...], leg: Leg) -> float:
    """Macro R-Precision of one leg's lists over the types of a task."""
    return macro(r_precision(own.lists[leg].documents.tolist(), own.relevant) for own in asked)


def gold_spans(sentence: Sentence) -> tuple[tuple[int, int], ...]:
    """The spans that an annotator marked, each once whatever its labels, in reading order."""
    return tuple(sorted({(span.start, span.end) for span in sentence.spans}))


@contextmanager
def _made(encoder: Encoder, target: str | None) -> Iterator[Retriever]:
    if target is None:
        with (
            tempfile.TemporaryDirectory(prefix="hybrid-eval-") as folder,
            Retriever.create(Path(folder) / "index", encoder=encoder) as retriever,
        ):
            yield retriever
        return
    from hybrid.engines.opensearch.administration import drop

    with Retriever.create(target, encoder=encoder) as retriever:
        try:
            yield retriever
        finally:
            drop(target, index=True)


def _document(place: int, sentence: Sentence, spans: Spans) -> Document:
    if spans == "detected":
        return Document(str(place), sentence.text)
    return Document(str(place), sentence.text, mentions=tuple(Mention(*span) for span in gold_spans(sentence)))


def _legs(retriever: Retriever) -> tuple[Leg, ...]:
    return ("lexical",) if retriever.encoder is None else retriever.encoder.dimensions.legs


def _whole_list(retriever: Retriever, words: str, how: str, count: int) -> RankedList:
    hits = retriever.find(words, how=how, k=count, depth=count, exact=True, mentions=0, text=False)
    return RankedList(
        np.array([int(hit.id) for hit in hits], dtype=np.int64),
        np.array([hit.score for hit in hits], dtype=np.float64),
    )
