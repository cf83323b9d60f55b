"""WordNet's nouns as mentions: names of single things and of the narrowest kinds, typed by all that stands above them.

Each noun is a text of its own, once alone and once before its definition, which tells the encoder what is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hybrid.training.sources.protocol import Example, TypedSpan
from hybrid.training.sources.wordnet_files import WordNet
from hybrid.training.sources.wordnet_types import LICENCE, PUBLISHED, readable, type_names, types_of

NAME = "wordnet"
LEAVES = 9_000
SEED = 0


@dataclass(frozen=True)
class WordNetNouns:
    """All instances, and `leaves` of the nouns that nothing stands below, drawn by a fixed seed."""

    wordnet: WordNet
    leaves: int = LEAVES
    name: str = NAME
    licence: str = LICENCE
    published: str = PUBLISHED

    @cached_property
    def types(self) -> Mapping[str, tuple[str, ...]]:
        """Types that at least one noun has, in words."""
        used = {key for offset in self._nouns for key in types_of(self.wordnet, offset)}
        return {key: names for key, names in type_names(self.wordnet).items() if key in used}

    def examples(self) -> Iterator[Example]:
        """Two texts a noun: "noun" and "noun : definition"; nouns of one spelling in one text each."""
        spans: dict[str, tuple[int, set[str]]] = {}
        for offset in self._nouns:
            synset = self.wordnet.synsets[offset]
            noun, keys = readable(synset.words[0]), types_of(self.wordnet, offset)
            for text in (noun, f"{noun} : {synset.definition}"):
                if keys:
                    spans.setdefault(text, (len(noun), set()))[1].update(keys)
        for text, (length, own) in spans.items():
            yield Example(text, (TypedSpan(0, length, tuple(sorted(own))),))

    @cached_property
    def _nouns(self) -> tuple[int, ...]:
        synsets, below = self.wordnet.synsets, self.wordnet.descendants
        instances = [offset for offset, synset in synsets.items() if synset.instance]
        leaves = [offset for offset, synset in synsets.items() if not below[offset] and not synset.instance]
        if len(leaves) > self.leaves:
            leaves = np.random.default_rng(SEED).choice(leaves, size=self.leaves, replace=False).tolist()
        return tuple(sorted((*instances, *leaves)))
