"""Names on a command line to tasks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hybrid.errors import InvalidFile, InvalidInput, shorten
from hybrid.evaluation.conll import LabelledSpan, Sentence
from hybrid.evaluation.dev import FILES, read_dev
from hybrid.evaluation.task import Task

DEV = "dev"
MEAN = "mean"


def open_tasks(names: Sequence[str], corpora: Path | None) -> tuple[Task, ...]:
    """The tasks of every name: a folder in the native form, `dev` for the four tasks to develop on, `dev/politics` for
    one of them; each task once.

    Raises:
        InvalidInput: two different data sets of one name, one called `mean`, or `dev` without `corpora`.
        InvalidFile: a file is missing or damaged.
    """
    tasks: dict[str, Task] = {}
    for name in names:
        for task in _tasks(name, corpora):
            if task.name == MEAN:
                raise InvalidInput(f"a data set is called {MEAN}, as the means over data sets are; rename its folder")
            if tasks.setdefault(task.name, task) != task:
                raise InvalidInput(f"two data sets are called {shorten(task.name)}; give one folder another name")
    return tuple(tasks.values())


def _tasks(name: str, corpora: Path | None) -> tuple[Task, ...]:
    kind, _, part = name.partition("/")
    if kind != DEV or Path(name).exists():
        return (read_native(Path(name)),)
    if corpora is None:
        raise InvalidInput("the tasks of dev lie in the folder of the corpora: give --corpora, or set HYBRID_CORPORA")
    if part and part not in FILES:
        raise InvalidInput(f"dev has no task {shorten(part)}; it has {', '.join(FILES)}")
    return tuple(task for task in read_dev(corpora) if part in ("", task.name))


def read_native(folder: Path) -> Task:
    """A data set in the native form: documents.jsonl and types.json.

    Raises:
        InvalidFile: a file is missing or damaged.
    """
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
