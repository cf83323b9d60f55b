"""What sentences say themselves of the names in them: "Etna , a volcano" makes Etna a volcano."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from hybrid.training.sources.patterns import pairs_of
from hybrid.training.sources.protocol import Example, TypedSpan
from hybrid.training.sources.wordnet_files import WordNet
from hybrid.training.sources.wordnet_types import LICENCE
from hybrid.training.sources.words import Word, words_of

NAME = "mined"
FEWEST = 3
SUFFIXES = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("s", ""))


@dataclass(frozen=True)
class Mined:
    """Names of `sentences` with the noun phrases that patterns find for them; nouns are those of WordNet.

    A type is a phrase, or the noun that it ends in, that names at least three mentions. The texts keep their own
    licence, which `licence` must name.
    """

    wordnet: WordNet
    sentences: Sequence[str]
    licence: str = LICENCE
    published: str = "sentences of the labelled corpora, by patterns; nouns of https://wordnet.princeton.edu"
    name: str = NAME
    _nouns: dict[str, str | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def types(self) -> Mapping[str, tuple[str, ...]]:
        """Phrases and nouns, each its own name."""
        return {key: (key,) for example in self._examples for span in example.spans for key in span.types}

    def examples(self) -> Iterator[Example]:
        """Sentences with at least one pair, in their order."""
        return iter(self._examples)

    @cached_property
    def _examples(self) -> tuple[Example, ...]:
        read = {text: self._keys(words_of(text)) for text in dict.fromkeys(self.sentences)}
        counts = Counter(key for spans in read.values() for keys in spans.values() for key in keys)
        out = []
        for text, spans in read.items():
            kept = {span: tuple(sorted(key for key in keys if counts[key] >= FEWEST)) for span, keys in spans.items()}
            found = tuple(TypedSpan(*span, keys) for span, keys in sorted(kept.items()) if keys)
            if found:
                out.append(Example(text, found))
        return tuple(out)

    def _keys(self, words: Sequence[Word]) -> dict[tuple[int, int], set[str]]:
        out: dict[tuple[int, int], set[str]] = {}
        for pair in pairs_of(words, self.noun_of):
            span = words[pair.first].start, words[pair.end - 1].end
            out.setdefault(span, set()).update((pair.phrase[-1], " ".join(pair.phrase)))
        return out

    def noun_of(self, word: str) -> str | None:
        """The lower-case noun that a word is, a plural's singular; None where it is mostly something else."""
        if word not in self._nouns:
            plurals = [word[: -len(end)] + one for end, one in SUFFIXES if end and word.endswith(end)]
            self._nouns[word] = next((noun for noun in (word, *plurals) if self._is_noun(noun)), None)
        return self._nouns[word]

    def _is_noun(self, word: str) -> bool:
        senses = self.wordnet.senses.get(word)
        if senses is None or len(word) < FEWEST:
            return False
        counts = senses.nouns
        written = any(word in self.wordnet.synsets[offset].words for offset in counts)
        return written and sum(counts.values()) >= senses.others
