"""The texts and questions that ship, read as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybrid.errors import InvalidFile
from hybrid.reading import read_documents

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the ids of all texts that answer it; `why` says what it shows."""

    type: str
    about: str | None
    why: str
    answers: frozenset[str]


def texts() -> list[Mapping[str, Any]]:
    """The demo's documents, as `Retriever.index` takes them."""
    documents = []
    for entry in read_documents(str(FOLDER / "texts.jsonl")):
        if isinstance(entry.item, InvalidFile):
            raise entry.item
        documents.append(entry.item)
    return documents


def questions() -> list[Question]:
    """The demo's questions with their answers."""
    entries = json.loads((FOLDER / "questions.json").read_text(encoding="utf-8"))
    return [Question(entry["type"], entry["about"], entry["why"], frozenset(entry["answers"])) for entry in entries]
