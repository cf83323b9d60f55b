"""Patterns by which a sentence says what a name is: pairs of a name's words and the noun phrase for it.

After Hearst, Automatic Acquisition of Hyponyms from Large Text Corpora, COLING 1992, and the appositions of Snow et
al., Learning Syntactic Patterns for Automatic Hypernym Discovery, NIPS 2004; without a parser. A *name* is a run of
capitalised words, "of" and the like between them; a *noun phrase* is up to three lower-case words that end in a noun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hybrid.training.sources.words import Word

# A noun as it is asked about: "novels" is "novel"; None is no noun.
NounOf: TypeAlias = Callable[[str], str | None]

ARTICLES = frozenset({"a", "an", "the"})
IS = frozenset({"is", "was", "are", "were"})
JOINTS = frozenset({"of", "de", "&"})
LONGEST_PHRASE = 3
# What ends a noun phrase: words that are no part of one.
_STOPS = """
a an the of in on at by for from to with and or but who which that whose where when as is was are were be
been has had have it its his her their he she they this these those after before during under over between
into also not than then while since until such both near about against through because if so all some any no
each one two three first second other same more most many several
"""
STOPS = frozenset(_STOPS.split())


@dataclass(frozen=True, slots=True)
class Pair:
    """Words `first:end` are a name for what `phrase` says; `phrase` ends in a noun in the singular."""

    first: int
    end: int
    phrase: tuple[str, ...]


def pairs_of(words: Sequence[Word], noun_of: NounOf) -> Iterator[Pair]:
    """All pairs of a sentence; a name may be in several."""
    texts = [word.text for word in words]
    for first, end in names_of(texts):
        phrases = (
            _after(texts, end, noun_of),
            _before(texts, first, noun_of),
            _head(texts, first, end, noun_of),
            _such_as(texts, first, noun_of),
        )
        yield from (Pair(first, end, phrase) for phrase in phrases if phrase)


def names_of(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Runs of capitalised words, joints ("of", "de", …) between two of them: half-open ranges.

    A single word that begins the sentence is passed over: its capital says nothing.
    """
    at = 0
    while at < len(texts):
        end = _name_end(texts, at)
        if end > at and not (at == 0 and end == 1) and not (end == at + 1 and len(texts[at]) < 3):
            yield at, end
        at = max(end, at + 1)


def _name_end(texts: Sequence[str], at: int) -> int:
    """Where the name that begins at `at` ends; `at` where none does."""
    if not _capitalised(texts[at]) or texts[at].lower() in ARTICLES:
        return at
    end = at + 1
    while end < len(texts):
        if _capitalised(texts[end]):
            end += 1
        elif texts[end] in JOINTS and end + 1 < len(texts) and _capitalised(texts[end + 1]):
            end += 2
        else:
            break
    return end


def _capitalised(word: str) -> bool:
    return word[0].isupper() and any(letter.isalpha() for letter in word)


def _after(texts: Sequence[str], end: int, noun_of: NounOf) -> tuple[str, ...] | None:
    """Apposition and predicate: "X , a Y" and "X is a Y"."""
    joined = texts[end : end + 2]
    if len(joined) < 2 or joined[1] not in ARTICLES or (joined[0] != "," and joined[0] not in IS):
        return None
    return _phrase_from(texts, end + 2, noun_of)


def _phrase_from(texts: Sequence[str], at: int, noun_of: NounOf) -> tuple[str, ...] | None:
    """The lower-case words from `at` on, up to where no word may stand, cut to the last three; they end in a noun."""
    run: list[str] = []
    while at < len(texts) and _plain(texts[at]) and len(run) < 2 * LONGEST_PHRASE:
        run.append(texts[at])
        at += 1
    # "Y of Z", "Y who …", "Y , …": a word that follows the noun and is none ends the phrase.
    while run and noun_of(run[-1]) is None:
        run.pop()
    return _singular(run, noun_of)


def _before(texts: Sequence[str], first: int, noun_of: NounOf) -> tuple[str, ...] | None:
    """A noun before the name: "the physicist Albert Einstein"."""
    at = first
    while at and _plain(texts[at - 1]) and first - at < LONGEST_PHRASE:
        at -= 1
    opened = at > 0 and (texts[at - 1].lower() in ARTICLES or texts[at - 1] in (",", "by", "with"))
    return _singular(list(texts[at:first]), noun_of) if opened and at < first else None


def _head(texts: Sequence[str], first: int, end: int, noun_of: NounOf) -> tuple[str, ...] | None:
    """The last word of a compound name: "Harvard University" is a university."""
    before_of = next((at for at in range(first + 1, end) if texts[at] == "of"), None)
    head = texts[before_of - 1 if before_of else end - 1]
    if end - first < 2 or not head[1:].islower():
        return None
    return _singular([head.lower()], noun_of)


def _such_as(texts: Sequence[str], first: int, noun_of: NounOf) -> tuple[str, ...] | None:
    """A list of examples: "Y such as X , X and X"."""
    at = first
    while at >= 3 and texts[at - 2 : at] != ["such", "as"]:
        if not (_capitalised(texts[at - 1]) or texts[at - 1] in {",", "and", "or"}):
            return None
        at -= 1
    if at < 3 or texts[at - 2 : at] != ["such", "as"]:
        return None
    last = at - 3 if texts[at - 3] != "," else at - 4
    return _singular([texts[last]], noun_of) if last >= 0 and _plain(texts[last]) else None


def _singular(phrase: Sequence[str], noun_of: NounOf) -> tuple[str, ...] | None:
    noun = noun_of(phrase[-1]) if phrase else None
    return None if noun is None else (*phrase[-LONGEST_PHRASE:-1], noun)


def _plain(word: str) -> bool:
    return word.replace("-", "").isalpha() and word.islower() and word not in STOPS
