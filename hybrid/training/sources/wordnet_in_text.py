"""WordNet's nouns where they stand in raw sentences, typed by what stands above their clear meaning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from hybrid.training.sources.protocol import Example, TypedSpan
from hybrid.training.sources.wordnet_files import WordNet
from hybrid.training.sources.wordnet_types import LICENCE, PUBLISHED, type_names, types_of
from hybrid.training.sources.words import Word, words_of

NAME = "wordnet-in-text"
LONGEST = 4
SHORTEST = 4  # characters: shorter words ("it", "as") are mostly no nouns in a sentence
CLEAR, TAGGED = 0.75, 5
MOST_A_SYNSET = 8


@dataclass(frozen=True)
class WordNetInText:
    """Words and phrases of `sentences` that match a noun whose dominant sense is clear, at most 8 a synset.

    A sense is clear where it is the noun's only one, or has 75 % of at least 5 tagged senses. The texts keep their own
    licence, which `licence` must name.
    """

    wordnet: WordNet
    sentences: Sequence[str]
    licence: str = LICENCE
    published: str = f"sentences of the labelled corpora, matched with {PUBLISHED}"
    name: str = NAME
    _clear: dict[str, int | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def types(self) -> Mapping[str, tuple[str, ...]]:
        """Types that at least one match has, in words."""
        used = {key for example in self.examples() for span in example.spans for key in span.types}
        return {key: names for key, names in type_names(self.wordnet).items() if key in used}

    def examples(self) -> Iterator[Example]:
        """Sentences with at least one match, in their order."""
        return iter(self._examples)

    @cached_property
    def _examples(self) -> tuple[Example, ...]:
        seen: Counter[int] = Counter()
        out = []
        for text in dict.fromkeys(self.sentences):
            spans = tuple(self._spans(text, seen))
            if spans:
                out.append(Example(text, spans))
        return tuple(out)

    def _spans(self, text: str, seen: Counter[int]) -> Iterator[TypedSpan]:
        words = words_of(text)
        at = 0
        while at < len(words):
            length, offset = self._longest(words[at : at + LONGEST])
            keys = types_of(self.wordnet, offset) if offset is not None and seen[offset] < MOST_A_SYNSET else ()
            if offset is not None and keys:
                seen[offset] += 1
                yield TypedSpan(words[at].start, words[at + length - 1].end, keys)
            at += length

    def _longest(self, words: Sequence[Word]) -> tuple[int, int | None]:
        """How many words the longest noun takes that they begin with, and its clear synset; 1 and None without one."""
        for length in range(len(words), 0, -1):
            noun = "_".join(word.text for word in words[:length])
            if len(noun) >= SHORTEST and (offset := self.clear_sense(noun)) is not None:
                return length, offset
        return 1, None

    def clear_sense(self, noun: str) -> int | None:
        """The synset that `noun`, spelled as in WordNet, stands for in most texts; None where none is clear."""
        if noun not in self._clear:
            self._clear[noun] = self._find(noun)
        return self._clear[noun]

    def _find(self, noun: str) -> int | None:
        senses = self.wordnet.senses.get(noun.lower())
        if senses is None:
            return None
        counts, total = senses.nouns, sum(senses.nouns.values())
        best = max(counts, key=lambda offset: counts[offset])
        only = len(counts) == 1 and counts[best] >= senses.others
        most = total >= TAGGED and counts[best] >= CLEAR * (total + senses.others)
        # WordNet writes names with capitals: "bush" in a text is no president.
        return best if (only or most) and noun in self.wordnet.synsets[best].words else None
