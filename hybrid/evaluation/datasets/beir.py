"""BEIR's folders: `corpus.jsonl`, `queries.jsonl`, `qrels/SPLIT.tsv`.

Thakur et al., BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of Information Retrieval Models, NeurIPS 2021.
A text is its title and its text joined by one space. A type is a query: its label is the query's id, its words are the
query's text. A judgement above 0 makes a text relevant; grades are not kept. No mentions are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hybrid.errors import InvalidFile, shorten
from hybrid.evaluation.datasets.records import Record, Source, distinct
from hybrid.evaluation.lines import json_lines, text_lines
from hybrid.evaluation.sentences import Sentence


def read_beir(folder: Path, split: str = "test") -> Source:
    """A judged corpus with the queries of one split, in the order of `queries.jsonl`.

    Judgements of texts or queries that are not there are left out, and told in the notes.

    Raises:
        InvalidFile: a file is missing or damaged, an id stands twice, or a line of the qrels is no judgement.
    """
    corpus, queries = _existing(folder, "corpus.jsonl"), _existing(folder, "queries.jsonl")
    texts = {id: _text(shape, corpus, number) for number, id, shape in distinct(json_lines(corpus), "_id", corpus)}
    words = {id: _words(shape, queries, number) for number, id, shape in distinct(json_lines(queries), "_id", queries)}
    answers: dict[str, set[str]] = {}
    unknown = 0
    asked: set[str] = set()
    for query, document, score in _judgements(_existing(folder, f"qrels/{split}.tsv")):
        if query not in words or document not in texts:
            unknown += 1
        elif score > 0:
            answers.setdefault(document, set()).add(query)
            asked.add(query)
    records = tuple(Record(Sentence(text, ()), id, frozenset(answers.get(id, ()))) for id, text in texts.items())
    notes = (f"{unknown:,} judgements of texts or queries that are not there were left out",) if unknown else ()
    return Source(records, {id: own for id, own in words.items() if id in asked}, judged=True, notes=notes)


def _existing(folder: Path, name: str) -> Path:
    """The file, or what it is packed as."""
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.exists()), folder / name)


def _text(shape: Mapping[str, Any], path: Path, number: int) -> str:
    title, text = shape.get("title") or "", shape.get("text")
    if not isinstance(text, str) or not isinstance(title, str):
        raise InvalidFile("has no text; expected 'text', and a title that is a text", file=path.name, line=number)
    return f"{title} {text}".strip()


def _words(shape: Mapping[str, Any], path: Path, number: int) -> str:
    text = shape.get("text")
    if not isinstance(text, str) or not text.strip():
        raise InvalidFile("has no text; expected the query's under 'text'", file=path.name, line=number)
    return text


def _judgements(path: Path) -> Iterator[tuple[str, str, float]]:
    """Query, document and score; the first line names the columns."""
    for number, line in text_lines(path):
        if number == 1 or not line.strip():
            continue
        fields = line.split("\t")
        try:
            query, document, score = fields
            yield query, document, float(score)
        except ValueError:
            reason = f"is {shorten(line)}; expected query-id<TAB>corpus-id<TAB>score"
            raise InvalidFile(reason, file=path.name, line=number) from None
