"""The form that the evaluation reads: a folder with `documents.jsonl` and `types.json`.

    documents.jsonl   {"id": "…", "text": "…", "mentions": [{"start": 0, "end": 4, "type": "label"}, …]}, one a line
    types.json        {"label": "words to ask with", …}
    dataset.json      where it is from, for people; written by a conversion, and never needed

Offsets are code points of the text, half-open. A document that carries `answers`, a list of labels, was judged: then
every document carries them, and they alone say what it answers. `mentions` may be left out where they are not known.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from hybrid.errors import InvalidFile, shorten
from hybrid.evaluation.datasets.origin import FORMAT, ORIGIN
from hybrid.evaluation.datasets.records import distinct
from hybrid.evaluation.lines import json_lines
from hybrid.evaluation.sentences import LabelledSpan, Sentence
from hybrid.evaluation.task import Task

DOCUMENTS, TYPES = "documents.jsonl", "types.json"


def read_dataset(path: str | os.PathLike[str]) -> Task:
    """A task from a folder in the native form; its name is the folder's.

    Raises:
        InvalidFile: a file is missing or damaged, a mention lies outside its text, some documents are judged and others
            are not, or no text answers a type; named with file and line.
    """
    folder = Path(path).resolve()
    types = read_words(folder / TYPES)
    ids: list[str] = []
    sentences: list[Sentence] = []
    answers: list[frozenset[str] | None] = []
    file = folder / DOCUMENTS
    for number, id, shape in distinct(json_lines(file), "id", file):
        try:
            sentence, own = _document(shape)
            if answers and (own is None) != (answers[0] is None):
                raise ValueError("only some documents have 'answers'; expected all or none")
        except ValueError as error:
            raise InvalidFile(str(error), file=file.name, line=number) from None
        ids.append(id)
        sentences.append(sentence)
        answers.append(own)
    task = Task(folder.name, tuple(sentences), types, tuple(ids), _judged(answers))
    for label, indexes in task.answers().items():
        if not indexes:
            raise InvalidFile(f"asks for {shorten(label)}, which no text answers", file=TYPES)
    return task


def read_words(path: Path) -> dict[str, str]:
    """Labels to the words that are asked, in the order of a JSON file.

    Raises:
        InvalidFile: the file cannot be read or is no object of texts that are not empty.
    """
    try:
        shape = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidFile(f"cannot be read ({error.strerror}); expected label to words", file=str(path)) from error
    except ValueError as error:
        raise InvalidFile(f"is not JSON ({error})", file=path.name) from error
    if not isinstance(shape, dict):
        raise InvalidFile('holds no object; expected {"label": "words", …}', file=path.name)
    for label, words in shape.items():
        if not isinstance(words, str) or not words.strip():
            raise InvalidFile(f"has no words for {shorten(label)}; expected a text", file=path.name)
    return shape


def write_dataset(task: Task, path: str | os.PathLike[str], origin: Mapping[str, Any]) -> None:
    """Write a task in the native form, so that `read_dataset` gives it back; `origin` is told by `dataset.json`.

    Files of a data set that is there are replaced, all three at the end; others are left alone.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as place:
        with (Path(place) / DOCUMENTS).open("wb") as file:
            for line in _lines(task):
                file.write(line)
        (Path(place) / TYPES).write_bytes(_readable(task.types))
        (Path(place) / ORIGIN).write_bytes(_readable({"format": FORMAT} | dict(origin)))
        for name in (DOCUMENTS, TYPES, ORIGIN):
            (Path(place) / name).replace(folder / name)


def _readable(shape: Mapping[str, Any]) -> bytes:
    return orjson.dumps(shape, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _lines(task: Task) -> Iterator[bytes]:
    answers: list[list[str]] = [[] for _ in task.sentences]
    for label, indexes in sorted((task.judged or {}).items()):
        for index in indexes:
            answers[index].append(label)
    for index, sentence in enumerate(task.sentences):
        mentions = [{"start": span.start, "end": span.end, "type": span.label} for span in sentence.spans]
        shape: dict[str, Any] = {"id": task.id_of(index), "text": sentence.text, "mentions": mentions}
        if task.judged is not None:
            shape["answers"] = answers[index]
        yield orjson.dumps(shape, option=orjson.OPT_APPEND_NEWLINE)


def _document(shape: Mapping[str, Any]) -> tuple[Sentence, frozenset[str] | None]:
    text = shape.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("has no text; expected one under 'text'")
    mentions = shape.get("mentions", [])
    if not isinstance(mentions, list):
        raise ValueError("has 'mentions' that are no list")
    spans = {_span(mention, len(text)) for mention in mentions}
    answers = shape.get("answers")
    if answers is not None and not (isinstance(answers, list) and all(isinstance(one, str) for one in answers)):
        raise ValueError("has 'answers' that are no list of labels")
    return Sentence(text, tuple(sorted(spans))), None if answers is None else frozenset(answers)


def _span(mention: object, length: int) -> LabelledSpan:
    values = [mention.get(name) for name in ("start", "end", "type")] if isinstance(mention, dict) else []
    match values:
        case [int(start), int(end), str(label)] if 0 <= start < end <= length and label:
            return LabelledSpan(start, end, label)
    raise ValueError(
        f'has the mention {shorten(mention)}; expected {{"start", "end", "type"}} within its {length} characters'
    )


def _judged(answers: list[frozenset[str] | None]) -> dict[str, frozenset[int]] | None:
    if not answers or answers[0] is None:
        return None
    found: dict[str, set[int]] = {}
    for index, own in enumerate(answers):
        for label in own or ():
            found.setdefault(label, set()).add(index)
    return {label: frozenset(indexes) for label, indexes in sorted(found.items())}
