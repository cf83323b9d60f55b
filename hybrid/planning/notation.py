"""The notation of `how`: parse and print.

    how     = ( "auto" | leg | fusion ) { ";" option }
    leg     = "lexical" | "typed" | "dense"                              "bm25" is another name of lexical
    fusion  = normaliser [ "." mean ] "(" term { "," term } ")" | "rrf" "(" term { "," term } [ "," "c=" int ] ")"
    normaliser = "min_max" | "l2"          mean = "arithmetic" (default) | "geometric" | "harmonic"
    term    = leg [ "=" weight ]           weight: a number >= 0, default 1
    option  = "depth=" int | "centring=" share      share: a number from 0 to 1; each option once, auto takes no depth

White space is free. Two or three legs, each once, at least one weight above 0. `depth` is how many documents each leg
hands over, `centring` how much of the index's mean is taken off the question's vectors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NoReturn, get_args

from hybrid.documents import Leg
from hybrid.errors import InvalidHow, shorten
from hybrid.fusion import Fusion
from hybrid.fusion.fuse import MEANS, NORMALIZERS
from hybrid.planning.filters import did_you_mean

LEGS: dict[str, Leg] = {"bm25": "lexical", **{leg: leg for leg in get_args(Leg)}}
OPTIONS = ("depth", "centring")
MAX_DEPTH = 10_000
MAX_RANK_CONSTANT = 10_000

_NUMBER = r"\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?"
_TOKEN = re.compile(rf"\s*(?:(?P<word>[^\W\d]\w*)|(?P<number>{_NUMBER})|(?P<sign>\S))")


@dataclass(frozen=True, slots=True)
class Term:
    """A leg and its weight."""

    leg: Leg
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class How:
    """A parsed `how`: `auto` has no terms; a single leg has one and no fusion; an option that is None is the plan's."""

    terms: tuple[Term, ...] = ()
    fusion: Fusion | None = None
    depth: int | None = None
    centring: float | None = None

    @property
    def auto(self) -> bool:
        """Whether the planner decides."""
        return not self.terms


def parse_how(text: str) -> How:
    """Read a `how`.

    Raises:
        InvalidHow: with the place where reading stopped, what was expected there, and the nearest known word.
    """
    if not isinstance(text, str):
        raise InvalidHow(f"how is {type(text).__name__}; expected text such as 'auto'", shorten(text), 0)
    return _Parser(text).how()


def print_how(how: How) -> str:
    """The canonical text; parsing it gives the same `How` again."""
    tail = "" if how.depth is None else f"; depth={how.depth}"
    tail += "" if how.centring is None else f"; centring={print_number(how.centring)}"
    if how.auto:
        return "auto" + tail
    if how.fusion is None:
        return how.terms[0].leg + tail
    weighted = any(term.weight != 1.0 for term in how.terms)
    terms = [f"{term.leg}={print_number(term.weight)}" if weighted else term.leg for term in how.terms]
    if how.fusion.technique == "rrf":
        terms += [f"c={how.fusion.c}"] if how.fusion.c != Fusion().c else []
        return f"rrf({', '.join(terms)}){tail}"
    mean = "" if how.fusion.mean == "arithmetic" else f".{how.fusion.mean}"
    return f"{how.fusion.technique}{mean}({', '.join(terms)}){tail}"


def print_number(value: float) -> str:
    """The shortest text that reads back as the same number: 1, .2, 2.5."""
    text = str(int(value)) if value.is_integer() and value < 1e15 else repr(value)
    return text.removeprefix("0") if text.startswith("0.") else text


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


class _Parser:
    """Recursive descent over the tokens; one method a line of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [
            _Token(str(found.lastgroup), found.group(found.lastgroup or 0), found.start(found.lastgroup or 0))
            for found in _TOKEN.finditer(text)
        ]
        self.tokens.append(_Token("end", "", len(text.rstrip())))

    def how(self) -> How:
        word = self._word("a leg, a fusion or 'auto'", ("auto", "rrf", *LEGS, *NORMALIZERS))
        if word.text == "auto":
            how = How()
        elif word.text in LEGS:
            how = How((Term(LEGS[word.text]),))
        else:
            how = self._fusion(word)
        left = ["centring"] if how.auto else list(OPTIONS)
        while left and self._take(";"):
            how = self._option(how, left)
        if self.tokens[0].kind != "end":
            self._fail("the end or ';'" if left else "the end", self.tokens[0])
        return how

    def _option(self, how: How, left: list[str]) -> How:
        """`how` with the option that stands next, which is then no longer `left`."""
        name = self._word("an option" if len(left) > 1 else f"'{left[0]}'", left).text
        left.remove(name)
        self._expect("=")
        if name == "depth":
            return replace(how, depth=self._whole("depth", MAX_DEPTH))
        return replace(how, centring=self._share())

    def _fusion(self, name: _Token) -> How:
        mean, c = "arithmetic", Fusion().c
        if name.text != "rrf" and self._take("."):
            mean = self._word("a mean", MEANS).text
        self._expect("(")
        terms: list[Term] = []
        while not terms or self._take(","):
            if name.text == "rrf" and terms and self.tokens[0].text == "c":
                self._word("c", ("c",))
                self._expect("=")
                c = self._whole("the rank constant", MAX_RANK_CONSTANT)
                break
            terms.append(self._term(terms))
        self._expect(")")
        if len(terms) < 2:
            self._fail("a second leg: a single leg needs no fusion", name)
        if not any(term.weight for term in terms):
            self._fail("at least one weight above 0", name)
        return How(tuple(terms), Fusion(technique=name.text, mean=mean, c=c))  # type: ignore[arg-type]

    def _term(self, before: Iterable[Term]) -> Term:
        word = self._word("a leg", LEGS)
        leg = LEGS[word.text]
        if leg in (term.leg for term in before):
            self._fail(f"each leg once, {leg} stands there twice", word)
        return Term(leg, self._number() if self._take("=") else 1.0)

    def _share(self) -> float:
        token = self.tokens.pop(0)
        if token.kind != "number" or not float(token.text) <= 1.0:
            self._fail("centring, a number from 0 to 1", token)
        return float(token.text)

    def _number(self) -> float:
        token = self.tokens.pop(0)
        if token.kind != "number" or float(token.text) == float("inf"):
            self._fail("a weight, a finite number of at least 0", token)
        return float(token.text)

    def _whole(self, what: str, limit: int) -> int:
        token = self.tokens.pop(0)
        # int() refuses thousands of digits with a sentence of its own.
        if not token.text.isdecimal() or len(token.text) > 100 or not 1 <= int(token.text) <= limit:
            self._fail(f"{what}, a whole number from 1 to {limit:,}", token)
        return int(token.text)

    def _word(self, what: str, known: Iterable[str]) -> _Token:
        token = self.tokens.pop(0)
        if token.kind != "word" or token.text not in known:
            names = [f"'{name}'" for name in known]
            hint = did_you_mean(token.text, known) if token.text else ""
            self._fail(f"{what} ({', '.join(names)})" if len(names) > 1 else what, token, hint)
        return token

    def _take(self, sign: str) -> bool:
        if self.tokens[0].text != sign:
            return False
        self.tokens.pop(0)
        return True

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            self._fail(f"'{sign}'", self.tokens[0])

    def _fail(self, expected: str, found: _Token, hint: str = "") -> NoReturn:
        what = "the end" if found.kind == "end" else shorten(found.text)
        raise InvalidHow(f"{what} was found in how; expected {expected}{hint}", self.text, found.position)
