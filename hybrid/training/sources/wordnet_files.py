"""The nouns of Princeton WordNet 3.x, from the files of its `dict` folder.

`data.noun`, a line a synset (wndb(5WN)): offset, lexicographer file, `n`, number of words (two hexadecimal digits),
each word with its id, number of pointers (three digits), each pointer as symbol, offset, part of speech and
source/target, then `| gloss`; lines that begin with two spaces are the licence. `index.sense`, a line a sense
(senseidx(5WN)): `lemma%part:…`, offset, sense number, how often it is tagged in the semantic concordances.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hybrid.errors import InvalidFile

NOUN = "1"
HYPERNYM, INSTANCE_OF = "@", "@i"


@dataclass(frozen=True, slots=True)
class Synset:
    """A meaning: `words` that stand for it, the most usual first, its definition, what it is a kind or instance of."""

    words: tuple[str, ...]
    definition: str
    hypernyms: tuple[int, ...]
    instance: bool


@dataclass(frozen=True, slots=True)
class Senses:
    """What a lower-cased lemma means: tagged count by noun synset, and the tagged count of its other meanings."""

    nouns: Mapping[int, int]
    others: int


@dataclass(frozen=True)
class WordNet:
    """Noun synsets by offset, and the senses of every lower-cased lemma that has a noun among them."""

    synsets: Mapping[int, Synset]
    senses: Mapping[str, Senses]

    @cached_property
    def ancestors(self) -> Mapping[int, frozenset[int]]:
        """Every synset that is above a synset, over kinds and instances."""
        found: dict[int, frozenset[int]] = {}
        for offset in self.synsets:
            self._climb(offset, found)
        return found

    @cached_property
    def descendants(self) -> Mapping[int, int]:
        """How many synsets stand below each."""
        counts = dict.fromkeys(self.synsets, 0)
        for above in self.ancestors.values():
            for offset in above:
                counts[offset] += 1
        return counts

    def _climb(self, offset: int, found: dict[int, frozenset[int]]) -> frozenset[int]:
        if offset not in found:
            found[offset] = frozenset()  # a circle, which WordNet does not have, ends here
            own = self.synsets[offset].hypernyms
            found[offset] = frozenset(own).union(*(self._climb(above, found) for above in own))
        return found[offset]


def read_wordnet(folder: Path) -> WordNet:
    """The nouns of a `dict` folder.

    Raises:
        InvalidFile: a file is missing, or a line that is not of the form that wndb(5WN) and senseidx(5WN) describe.
    """
    synsets = {}
    for number, line in _lines(folder / "data.noun"):
        if not line.startswith("  "):
            try:
                offset, synset = _synset(line)
            except (ValueError, IndexError):
                raise InvalidFile("is no synset of data.noun", file="data.noun", line=number) from None
            synsets[offset] = synset
    for offset, synset in synsets.items():
        if missing := [above for above in synset.hypernyms if above not in synsets]:
            raise InvalidFile(f"has no synset {missing[0]:08}, which stands above {offset:08}", file="data.noun")
    return WordNet(synsets, _senses(folder / "index.sense", synsets))


def _synset(line: str) -> tuple[int, Synset]:
    data, _, gloss = line.partition(" | ")
    fields = data.split()
    count = int(fields[3], 16)
    words = tuple(fields[4 : 4 + 2 * count : 2])
    at = 4 + 2 * count
    pointers = [fields[place : place + 4] for place in range(at + 1, at + 1 + 4 * int(fields[at]), 4)]
    above = tuple(int(offset) for symbol, offset, _, _ in pointers if symbol in (HYPERNYM, INSTANCE_OF))
    instance = any(pointer[0] == INSTANCE_OF for pointer in pointers)
    # Examples follow the definition in quotes.
    return int(fields[0]), Synset(words, gloss.split('; "')[0].strip(), above, instance)


def _senses(path: Path, synsets: Mapping[int, Synset]) -> dict[str, Senses]:
    nouns: dict[str, dict[int, int]] = {}
    others: dict[str, int] = {}
    for number, line in _lines(path):
        try:
            key, offset, _, count = line.split()
            lemma, _, rest = key.partition("%")
            if rest[:1] != NOUN:
                others[lemma] = others.get(lemma, 0) + int(count)
            elif int(offset) in synsets:
                nouns.setdefault(lemma, {})[int(offset)] = int(count)
        except ValueError:
            raise InvalidFile("is no sense of index.sense", file=path.name, line=number) from None
    return {lemma: Senses(own, others.get(lemma, 0)) for lemma, own in nouns.items()}


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            yield from ((number, line.rstrip("\r\n")) for number, line in enumerate(file, start=1) if line.strip())
    except UnicodeDecodeError as error:
        raise InvalidFile("is not UTF-8", file=path.name) from error
    except OSError as error:
        expected = "expected WordNet's dict folder, with data.noun and index.sense"
        raise InvalidFile(f"cannot be read ({error.strerror}); {expected}", file=str(path)) from error
