"""Real sentences with their mentions."""

import json
import os
from importlib import resources
from itertools import cycle, islice
from pathlib import Path

from hybrid.evaluation.conll import merge_duplicates, read_conll

Labelled = tuple[str, list[tuple[int, int]]]


def labelled_sentences(count: int) -> list[Labelled]:
    """Texts with spans: Few-NERD's where HYBRID_CORPORA is, else the demo's texts over and over, capitals as spans."""
    corpora = os.environ.get("HYBRID_CORPORA")
    if corpora:
        sentences = merge_duplicates(read_conll(Path(corpora) / "few-nerd" / "inter-train-sample.txt", "io"))
        return [(s.text, [(span.start, span.end) for span in s.spans]) for _, s in islice(sentences, count)]
    lines = (resources.files("hybrid.demo") / "texts.jsonl").read_text(encoding="utf8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    return [(text, [(0, text.index(" "))]) for text in islice(cycle(texts), count)]


def source() -> str:
    return "few-nerd/inter-train-sample" if os.environ.get("HYBRID_CORPORA") else "the demo's texts, repeated"
