"""The form that the evaluation reads: a folder with `documents.jsonl` and `types.json`.

documents.jsonl   {"id": "…", "text": "…", "mentions": [{"start": 0, "end": 4, "type": "label"}, …]}, one a line
types.json        {"label": "words to ask with", …}
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hybrid.errors import InvalidFile
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.task import Task


def read_dataset(path: str | os.PathLike[str]) -> Task:
    """A task from a folder in the native form; its name is the folder's.

    Raises:
        InvalidFile: a file is missing or damaged.
    """
    folder = Path(path)
    types = _json(_text(folder, "types.json"), "types.json")
    if not isinstance(types, dict) or not all(isinstance(words, str) for words in types.values()):
        raise InvalidFile("expected an object of labels and the words to ask with", file="types.json")
    documents = list(_documents(_text(folder, "documents.jsonl")))
    ids = tuple(id for id, _ in documents)
    return Task(folder.resolve().name, tuple(sentence for _, sentence in documents), types, ids)


def _documents(text: str) -> Iterator[tuple[str, Sentence]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        entry = _json(line, "documents.jsonl", number)
        try:
            yield str(entry["id"]), Sentence(entry["text"], _spans(entry))
        except (KeyError, TypeError) as error:
            expected = "expected id, text and mentions with start, end and type"
            raise InvalidFile(f"{expected}; {error} is missing or wrong", file="documents.jsonl", line=number) from None


def _spans(entry: Mapping[str, Any]) -> tuple[LabelledSpan, ...]:
    return tuple(sorted(LabelledSpan(one["start"], one["end"], one["type"]) for one in entry.get("mentions", ())))


def _text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidFile(f"cannot be read ({error.strerror})", file=str(folder / name)) from error
    except UnicodeDecodeError as error:
        raise InvalidFile("is not UTF-8", file=str(folder / name)) from error


def _json(text: str, name: str, line: int | None = None) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidFile("is not JSON", file=name, line=line) from error
