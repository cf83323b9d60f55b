"""From a question to a plan: which legs, how they are fused, how deep, and why.

`auto` decides from the question, the bundle's learned weights and the index's statistics, never from results: so a plan
can be made, printed and compared before anything runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hybrid.documents import Leg
from hybrid.errors import InvalidQuery, shorten
from hybrid.fusion import Fusion
from hybrid.planning.notation import MAX_DEPTH, How, Term, parse_how, print_how
from hybrid.planning.plan import Plan, PlannedLeg
from hybrid.planning.query import Query

DEFAULT_DEPTH = 1_000
MAX_MENTIONS = 100


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the planner may know: the bundle's `how` chosen on development data, and the index's statistics.

    `legs` are those that the index and the encoder can run: without an encoder the lexical one alone, without passage
    vectors not the dense one.
    """

    how: str = "typed"
    documents: int = 0
    mentions: int = 0
    legs: frozenset[Leg] = frozenset(("lexical", "typed", "dense"))


def make_plan(
    query: Query,
    knowledge: Knowledge,
    *,
    how: str = "auto",
    k: int = 10,
    offset: int = 0,
    depth: int | None = None,
    exact: bool = False,
    mentions: int = 3,
) -> Plan:
    """Plan a question.

    Raises:
        InvalidHow: `how` does not follow the notation.
        InvalidQuery: k, offset, depth or mentions out of range, or a leg the index cannot run.
    """
    asked = parse_how(how)
    chosen, reason = _decide(query, knowledge) if asked.auto else (asked, f"as asked: {print_how(asked)}")
    deep = next((d for d in (depth, asked.depth, chosen.depth) if d is not None), None)
    checked_page(k, offset, deep, mentions)
    _check_legs(chosen, knowledge)
    deep = default_depth(k, offset) if deep is None else deep
    legs = tuple(_leg(term, query, deep, exact) for term in chosen.terms)
    return Plan(query, legs, chosen.fusion, k, offset, mentions, reason, _centring(asked, chosen, knowledge))


def default_depth(k: int, offset: int) -> int:
    """1,000, or 2 (offset + k) where that is more, at most 10,000.

    Half of fusion's gain was measured to be lost when the legs' lists end at the last answer.
    """
    return min(max(DEFAULT_DEPTH, 2 * (offset + k)), MAX_DEPTH)


def checked_page(k: int, offset: int, depth: int | None, mentions: int) -> None:
    """Refuse numbers that no engine can run.

    Raises:
        InvalidQuery: names the number, its range and what was found.
    """
    _check_whole("k", k, 1, MAX_DEPTH)
    _check_whole("offset", offset, 0, MAX_DEPTH)
    _check_whole("mentions", mentions, 0, MAX_MENTIONS)
    if depth is not None:
        _check_whole("depth", depth, 1, MAX_DEPTH)
    limit = MAX_DEPTH if depth is None else depth
    if offset + k > limit:
        raise InvalidQuery(f"offset + k is {offset + k:,}, beyond the depth of {limit:,} that each leg hands over")


def _decide(query: Query, knowledge: Knowledge) -> tuple[How, str]:
    learned = parse_how(knowledge.how)
    possible = [term for term in learned.terms if term.leg in knowledge.legs]
    if "typed" not in knowledge.legs:
        return How((Term("lexical"),)), "word matching alone: the index was opened without an encoder"
    if knowledge.documents and not knowledge.mentions:
        return _without_mentions(knowledge)
    if len(possible) < 2:
        return _typed_first(query, knowledge)
    how = replace(learned, terms=tuple(possible))
    return how, f"the fusion that was best on the bundle's development data: {print_how(how)}"


def _centring(asked: How, chosen: How, knowledge: Knowledge) -> float | None:
    """As asked, else as the bundle has it; none where words alone are matched."""
    if all(term.leg == "lexical" for term in chosen.terms):
        return None
    return parse_how(knowledge.how).centring if asked.centring is None else asked.centring


def _typed_first(query: Query, knowledge: Knowledge) -> tuple[How, str]:
    """No fusion was learned: the typed leg alone, unless `about` must be asked of a leg that reads it."""
    if query.about is None:
        return How((Term("typed"),)), "typed alone: no fusion was better on the bundle's development data"
    second: Leg = "dense" if "dense" in knowledge.legs else "lexical"
    how = How((Term("typed"), Term(second)), Fusion())
    return how, f"{print_how(how)}: the typed leg does not read `about`, the {second} leg does"


def _leg(term: Term, query: Query, depth: int, exact: bool) -> PlannedLeg:
    words = query.type if term.leg == "typed" else query.words
    return PlannedLeg(term.leg, words, term.weight, depth, exact and term.leg != "lexical")


def _without_mentions(knowledge: Knowledge) -> tuple[How, str]:
    leg: Leg = "dense" if "dense" in knowledge.legs else "lexical"
    return How((Term(leg),)), f"{leg} alone: the index holds no mention, so there is nothing the typed leg could find"


def _check_legs(how: How, knowledge: Knowledge) -> None:
    for term in how.terms:
        if term.leg in knowledge.legs:
            continue
        why = "the bundle has no passage vector" if "typed" in knowledge.legs else "it was opened without an encoder"
        raise InvalidQuery(f"the index cannot run the {term.leg} leg: {why}; it can run {_names(knowledge.legs)}")


def _names(legs: frozenset[Leg]) -> str:
    return ", ".join(sorted(legs))


def _check_whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidQuery(f"{name} is {shorten(value)}; expected a whole number")
    if not low <= value <= high:
        raise InvalidQuery(f"{name} is {value:,}; expected {low} to {high:,}")
