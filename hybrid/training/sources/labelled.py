"""Labelled corpora: mentions that an annotator gave a type."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hybrid.errors import InvalidFile, InvalidInput, shorten
from hybrid.evaluation.conll import Sentence, merge_duplicates, read_conll
from hybrid.training.corpora import CORPORA, HELD_OUT, Corpus
from hybrid.training.sources.protocol import Example, TypedSpan


@dataclass(frozen=True, slots=True)
class LabelledCorpus:
    """A labelled corpus as a source: labels that are left out, and texts in `without`, are never given."""

    corpus: Corpus
    path: Path
    without: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The corpus' name."""
        return self.corpus.name

    @property
    def licence(self) -> str:
        """The corpus' licence."""
        return self.corpus.licence

    @property
    def published(self) -> str:
        """Where the corpus is published."""
        return self.corpus.published

    @property
    def types(self) -> Mapping[str, tuple[str, ...]]:
        """Labels that are trained, in words."""
        return self.corpus.labels

    def leaving_out(self, labels: Collection[str], texts: Collection[str]) -> LabelledCorpus:
        """The same without mentions of `labels` and without `texts`."""
        kept = {label: names for label, names in self.corpus.labels.items() if label not in labels}
        left_out = {**self.corpus.left_out, **dict.fromkeys(labels, HELD_OUT)}
        corpus = replace(self.corpus, labels=kept, left_out=left_out)
        return replace(self, corpus=corpus, without=self.without.union(texts))

    def sentences(self) -> Iterator[Sentence]:
        """Every text once, with all its spans and labels, apart from those in `without`.

        Raises:
            InvalidFile: see `read_conll`.
        """
        for _, sentence in merge_duplicates(read_conll(self.path, self.corpus.scheme, self.corpus.columns)):
            if sentence.text not in self.without:
                yield sentence

    def examples(self) -> Iterator[Example]:
        """Texts with at least one mention whose label is trained.

        Raises:
            InvalidFile: as `read_conll`, or a label that the corpus is not known to have.
        """
        for sentence in self.sentences():
            labels: dict[tuple[int, int], list[str]] = {}
            for span in sentence.spans:
                if span.label in self.corpus.labels:
                    labels.setdefault((span.start, span.end), []).append(span.label)
                elif span.label not in self.corpus.left_out and span.label not in self.corpus.dev_types:
                    raise InvalidFile(
                        f"has the label {shorten(span.label)}, which {self.name} is not known to have",
                        file=self.path.name,
                    )
            if labels:
                yield Example(sentence.text, tuple(TypedSpan(*place, tuple(own)) for place, own in labels.items()))


def open_corpus(name: str, path: Path, without: Collection[str] = (), *, zero_shot: bool = True) -> LabelledCorpus:
    """The labelled corpus `name` at a file, or in a folder that holds it under one of its usual names.

    `zero_shot`: without the labels that are DEV types.

    Raises:
        InvalidInput: no such corpus is known.
        InvalidFile: nothing of it is at `path`.
    """
    if name not in CORPORA:
        raise InvalidInput(f"no corpus is called {shorten(name)}; known are {', '.join(sorted(CORPORA))}")
    corpus = CORPORA[name]
    candidates = [path / file for file in corpus.files] if path.is_dir() else [path]
    found = next((file for file in candidates if file.is_file()), None)
    if found is None:
        expected = " or ".join(corpus.files)
        raise InvalidFile(f"is not there; expected a file of {name}, or a folder with {expected}", file=path.name)
    return LabelledCorpus(corpus if zero_shot else corpus.seen(), found, frozenset(without))
