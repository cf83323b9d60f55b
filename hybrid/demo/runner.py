"""Index the demo's texts and ask its questions in three ways."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hybrid.demo.corpus import Question, texts
from hybrid.documents import Hits
from hybrid.errors import BundleMismatch, IndexExists, IndexNotFound
from hybrid.evaluation.measures import r_precision
from hybrid.indexing.progress import OnProgress
from hybrid.indexing.report import IndexReport
from hybrid.retriever import Retriever
from hybrid.retriever.opening import EncoderLike

# What each way is called, and its `how`.
WAYS: Mapping[str, str] = {"BM25": "lexical", "dense": "dense", "hybrid": "auto"}
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's answers, each way's first ones, and how good they are: R-Precision, 0..1."""

    question: Question
    hits: Mapping[str, Hits]
    r_precision: Mapping[str, float]


def open_demo(target: str | os.PathLike[str], encoder: EncoderLike = "minilm") -> Retriever:
    """An index without documents for the demo: a new one, or an earlier demo's, which is emptied.

    Raises:
        IndexExists: the index that is there holds documents that are not the demo's.
    """
    try:
        _empty(target)
    except IndexNotFound:
        return Retriever.create(target, encoder=encoder)
    try:
        return Retriever.open(target, encoder=encoder)
    except BundleMismatch:
        with Retriever.open(target, encoder=False) as retriever:
            retriever.rebuild(encoder, progress=False)
    return Retriever.open(target, encoder=encoder)


def index_texts(retriever: Retriever, progress: OnProgress | None = None) -> IndexReport:
    """Index the demo's texts."""
    return retriever.index(texts(), progress=progress or False)


def ask(retriever: Retriever, questions: Iterable[Question], ways: Mapping[str, str] = WAYS) -> Iterator[Asked]:
    """Ask each question each way, deep enough for its R-Precision and for a look."""
    for question in questions:
        k = max(len(question.answers), SHOWN)
        hits = {way: retriever.find(question.type, about=question.about, how=how, k=k) for way, how in ways.items()}
        scores = {way: r_precision([hit.id for hit in found], question.answers) for way, found in hits.items()}
        yield Asked(question, hits, scores)


def _empty(target: str | os.PathLike[str]) -> None:
    with Retriever.open(target, encoder=False) as retriever:
        ids = [str(document["id"]) for document in texts()]
        ours = sum(document is not None for document in retriever.get(ids))
        others = retriever.count() - ours
        if others:
            raise IndexExists(
                f"{target} holds {others:,} documents that are not the demo's; name another folder for the demo"
            )
        retriever.delete(ids)
