"""Real texts with fields to filter by, and the types to ask for."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

from hybrid import Document, Mention
from hybrid.evaluation.conll import Sentence, merge_duplicates, read_conll
from hybrid.evaluation.dev import read_dev

# Per task of the development data, how many texts are taken.
TAKEN = {"few-nerd": 800, "politics": 500, "science": 500, "wnut17": 600}
TYPES = {"year": "int", "price": "float", "lang": "str", "open": "bool"}
ABOUT = ("the nineteenth century", "a new discovery", "money", "in the north of the country", "music and film")


@dataclass(frozen=True)
class Corpus:
    """Documents, the types to ask for in words, things a text may be about, and the fields' types."""

    documents: Sequence[Document]
    asked: Sequence[str]
    about: Sequence[str]
    types: Mapping[str, str]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # Hypothesis prints what a test failed with.
        printer.text(f"<{len(self.documents)} documents>")


def read_corpus(corpora: Path | None) -> Corpus:
    """2,400 texts of four corpora and 40 types, or the demo's 198 texts and its questions.

    Every second text brings its annotator's mentions, the others have theirs detected; every tenth has a title.
    """
    chance = random.Random(7)
    texts, asked = _labelled(corpora) if corpora else _demo()
    documents = [
        Document(
            f"{number:05}",
            sentence.text,
            title=f"Number {number}" if number % 10 == 0 else None,
            fields=_fields(chance),
            mentions=[Mention(span.start, span.end) for span in sentence.spans] if given(number, sentence) else None,
        )
        for number, sentence in enumerate(texts)
    ]
    return Corpus(documents, asked, ABOUT, TYPES)


def many_sentences(corpora: Path, count: int) -> list[Sentence]:
    """Sentences of Few-NERD with their mentions."""
    sentences = read_conll(corpora / "few-nerd" / "inter-train-sample.txt", "io")
    return [sentence for _, sentence in islice(merge_duplicates(sentences), count)]


def demo_texts() -> list[dict[str, Any]]:
    """The demo's texts."""
    lines = (resources.files("hybrid.demo") / "texts.jsonl").read_text(encoding="utf8").splitlines()
    return [json.loads(line) for line in lines]


def demo_types() -> list[str]:
    """What the demo asks for."""
    questions = json.loads((resources.files("hybrid.demo") / "questions.json").read_text(encoding="utf8"))
    return [str(question["type"]) for question in questions]


def given(number: int, sentence: Sentence) -> bool:
    """Whether a document brings its mentions."""
    return number % 2 == 0 and bool(sentence.spans)


def _labelled(corpora: Path) -> tuple[list[Sentence], list[str]]:
    tasks = read_dev(corpora)
    texts = [sentence for task in tasks for sentence in task.sentences[: TAKEN[task.name]]]
    return texts, list(dict.fromkeys(words for task in tasks for words in task.types.values()))


def _demo() -> tuple[list[Sentence], list[str]]:
    return [Sentence(text["text"], ()) for text in demo_texts()], demo_types()


def _fields(chance: random.Random) -> dict[str, Any]:
    """Fields of all types, some absent, some lists; the values are those that filters are drawn with."""
    drawn: dict[str, Any] = {
        "year": chance.choice([-1, 0, 1, 2, 2**53, 2**53 + 1]),
        "price": chance.choice([-1.5, 0.0, 0.1, 1.0, 2.0, 1e300]),
        "lang": chance.choice([["a", "é"], "A", "z", "🦕", "1", ["true"]]),
        "open": chance.random() < 0.5,
    }
    return {name: value for name, value in drawn.items() if chance.random() < 0.8}
