"""Sentences that a large language model wrote for this project, every name and term in them marked with its kinds.

They bring kinds of things, names and sorts of text that no labelled corpus here has. Since all mentions are marked,
what stands between them is none: some of these words are given as spans without a type. A head alone does not see them;
a tuning learns to keep them away from every type, so that a word which a detector takes for a mention lies near none.

A run that leaves out a kind leaves out every name that ends in its words, too ("literary award" where "award" is left
out); `dev_names` are those that a zero-shot run leaves out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zlib import crc32

import numpy as np

from hybrid.errors import InvalidFile
from hybrid.evaluation.sentences import Sentence, merge_duplicates
from hybrid.evaluation.systems.words import stemmed
from hybrid.training.corpora import CORPORA
from hybrid.training.sources.marked import read_marked
from hybrid.training.sources.protocol import Example, TypedSpan

NAME = "synthetic"
FOLDER = Path(__file__).with_name("texts")
FEWEST = 3
PLAIN, LETTERS = 2, 4
# What the DEV tasks ask for, with other names of the same.
DEV_WORDS: Mapping[str, tuple[str, ...]] = {
    "academic journal": ("journal", "periodical"),
    "astronomical object": ("celestial body", "celestial object", "heavenly body"),
    "award": ("prize", "medal", "honour", "honor"),
    "chemical compound": ("compound", "chemical", "substance"),
    "chemical element": ("element",),
    "corporation": ("company", "firm", "business", "enterprise", "conglomerate"),
    "chemical substance": (),
    "country": ("nation", "sovereign state"),
    "creative work": ("work", "artwork"),
    "currency": ("monetary unit",),
    "discipline": ("field", "field of study", "field of research", "science", "subject", "branch"),
    "election": ("referendum", "vote"),
    "enzyme": (),
    "event": ("occasion",),
    "game": (),
    "group": ("band", "collective"),
    "library": (),
    "location": ("place", "region", "area"),
    "organisation": ("organization", "institution"),
    "park": (),
    "painting": ("canvas",),
    "performing group": ("ensemble", "choir", "orchestra", "troupe", "theatre company", "dance company"),
    "person": ("human", "individual", "man", "woman"),
    "political party": ("party",),
    "politician": ("statesman", "stateswoman", "lawmaker", "political leader", "political figure"),
    "product": ("item",),
    "protein": (),
    "religious organization": ("religious order", "denomination", "sect", "congregation"),
    "scholar": ("academic",),
    "scientist": ("researcher",),
    "theory": ("hypothesis",),
    "train": (),
    "university": ("college", "school", "academy"),
}


@dataclass(frozen=True)
class Synthetic:
    """Every `.txt` of a folder; texts in `without` are never given, nor kinds that end in the words of `left_out`."""

    folder: Path = FOLDER
    without: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    name: str = NAME
    licence: str = "Apache-2.0"
    published: str = "hybrid/training/sources/texts, written by a large language model for this project"

    @cached_property
    def types(self) -> Mapping[str, tuple[str, ...]]:
        """Kinds that are named for at least three mentions, each its own name."""
        return {key: (key,) for example in self._examples for span in example.spans for key in span.types}

    def sentences(self) -> Iterator[Sentence]:
        """Every text once, with all its mentions, whatever their kinds.

        Raises:
            InvalidFile: there is no text, or see `read_marked`.
        """
        files = sorted(self.folder.glob("*.txt"))
        if not files:
            raise InvalidFile("holds no .txt; expected texts with [words|type; type]", file=self.folder.name)
        for _, sentence in merge_duplicates(sentence for file in files for sentence in read_marked(file)):
            if sentence.text not in self.without:
                yield sentence

    def examples(self) -> Iterator[Example]:
        """Texts with at least one mention of a kind that is not left out."""
        return iter(self._examples)

    @cached_property
    def _examples(self) -> tuple[Example, ...]:
        sentences = list(self.sentences())
        labels = frozenset(span.label for sentence in sentences for span in sentence.spans)
        never = self._ending_in_left_out(labels)
        kinds = {label: _endings(label, labels) - never for label in labels}
        counts = Counter(kind for sentence in sentences for span in sentence.spans for kind in kinds[span.label])
        kinds = {label: frozenset(kind for kind in own if counts[kind] >= FEWEST) for label, own in kinds.items()}
        out = []
        for sentence in sentences:
            places: dict[tuple[int, int], set[str]] = {}
            for span in sentence.spans:
                if found := kinds[span.label]:
                    places.setdefault((span.start, span.end), set()).update(found)
            if places:
                spans = tuple(TypedSpan(*place, tuple(sorted(own))) for place, own in places.items())
                out.append(Example(sentence.text, (*spans, *_plain_words(sentence))))
        return tuple(out)

    def _ending_in_left_out(self, labels: frozenset[str]) -> frozenset[str]:
        if not self.left_out:
            return frozenset()
        endings = {tuple(own) for own in stemmed(sorted(self.left_out)) if own}
        return frozenset(
            label
            for label, own in zip(labels, stemmed(list(labels)), strict=True)
            if any(tuple(own[-len(ending) :]) == ending for ending in endings)
        )


def dev_names() -> frozenset[str]:
    """What the DEV tasks ask for, synonyms, and the names that labelled corpora have for the same types."""
    known = (name for corpus in CORPORA.values() for names in corpus.dev_types.values() for name in names)
    return frozenset((*DEV_WORDS, *(name for names in DEV_WORDS.values() for name in names), *known))


def _plain_words(sentence: Sentence) -> list[TypedSpan]:
    """Up to PLAIN words that no mention touches, of LETTERS letters or more; the same ones for the same text."""
    marked = [(span.start, span.end) for span in sentence.spans]
    words = [
        found.span()
        for found in re.finditer(rf"[^\W\d_]{{{LETTERS},}}", sentence.text)
        if not any(found.start() < end and found.end() > start for start, end in marked)
    ]
    random = np.random.default_rng(crc32(sentence.text.encode()))
    chosen = random.permutation(len(words))[:PLAIN].tolist()
    return [TypedSpan(words[at][0], words[at][1], ()) for at in sorted(chosen)]


def _endings(label: str, labels: Collection[str]) -> frozenset[str]:
    """A kind, and the kinds that its last words are: a "jazz pianist" is a "pianist"."""
    words = label.split()
    endings = (" ".join(words[first:]) for first in range(1, len(words)))
    return frozenset((label, *(own for own in endings if own in labels)))
