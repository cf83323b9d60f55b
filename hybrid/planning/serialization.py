"""Plans to JSON and back. Reading takes `legs` and `fusion`; `how` is written for the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from hybrid.documents import Leg
from hybrid.errors import InvalidQuery, shorten
from hybrid.fusion import Fusion
from hybrid.fusion.fuse import MEANS, Technique
from hybrid.planning.notation import MAX_RANK_CONSTANT, How, Term, print_how
from hybrid.planning.plan import Plan, PlannedLeg
from hybrid.planning.planner import checked_page, default_depth
from hybrid.planning.query import MAX_CHARACTERS, check_words, checked_query

VERSION = 1
KEYS = frozenset(("version", "query", "how", "legs", "fusion", "k", "offset", "mentions", "reason", "centring"))
RANK_CONSTANTS = range(1, MAX_RANK_CONSTANT + 1)


def how_of(plan: Plan) -> str:
    """The canonical `how` of a plan; depth is written where it is not the default for the plan's page."""
    depth = None if plan.depth == default_depth(plan.k, plan.offset) else plan.depth
    terms = tuple(Term(leg.leg, leg.weight) for leg in plan.legs)
    return print_how(How(terms, plan.fusion, depth, plan.centring))


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """A plan as JSON values; no vectors."""
    fusion = plan.fusion
    return {
        "version": VERSION,
        "query": {"type": plan.query.type, "about": plan.query.about, "where": _plain(plan.query.where)},
        "how": how_of(plan),
        "legs": [
            {"leg": leg.leg, "words": leg.words, "weight": leg.weight, "depth": leg.depth, "exact": leg.exact}
            for leg in plan.legs
        ],
        "fusion": fusion and {"technique": fusion.technique, "mean": fusion.mean, "c": fusion.c},
        "k": plan.k,
        "offset": plan.offset,
        "mentions": plan.mentions,
        "reason": plan.reason,
        "centring": plan.centring,
    }


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """A plan from its JSON form.

    Raises:
        InvalidQuery: another version, a missing or unknown key, a value that no plan can have.
    """
    if not isinstance(data, Mapping) or data.get("version") != VERSION:
        raise InvalidQuery(f"a plan of version {VERSION} was expected, an object with 'version': {VERSION}")
    try:
        query = checked_query(**_exactly(data["query"], "type", "about", "where"))
        legs = tuple(_leg(entry) for entry in data["legs"])
        fusion = None if data["fusion"] is None else _fusion(data["fusion"])
        reason, centring = str(data.get("reason", "")), _share(data.get("centring"))
        plan = Plan(query, legs, fusion, data["k"], data["offset"], data["mentions"], reason, centring)
        return _checked(plan, set(data) - KEYS)
    except KeyError as error:
        raise InvalidQuery(f"the plan has no {error.args[0]!r}") from None
    except (TypeError, AttributeError, OverflowError) as error:
        raise InvalidQuery(f"the plan cannot be read: {shorten(str(error))}") from None


def _checked(plan: Plan, unknown: set[str]) -> Plan:
    if unknown:
        raise InvalidQuery(f"the plan has unknown keys: {', '.join(sorted(unknown))}")
    names = [leg.leg for leg in plan.legs]
    if not 1 <= len(names) == len(set(names)) or (plan.fusion is None) != (len(names) == 1):
        raise InvalidQuery("a plan has one leg and no fusion, or two or three different legs and a fusion")
    if len({leg.depth for leg in plan.legs}) != 1:
        raise InvalidQuery("all legs of a plan have one depth")
    if plan.fusion and not any(leg.weight > 0 for leg in plan.legs):
        raise InvalidQuery("at least one leg of a plan has a weight above 0")
    for leg in plan.legs:
        checked_page(plan.k, plan.offset, leg.depth, plan.mentions)
    return plan


def _leg(entry: Mapping[str, Any]) -> PlannedLeg:
    leg = PlannedLeg(**_exactly(entry, "leg", "words", "weight", "depth", "exact"))
    if leg.leg not in get_args(Leg) or not isinstance(leg.words, str) or not isinstance(leg.exact, bool):
        raise InvalidQuery(f"{shorten(dict(entry))} is no leg of a plan")
    check_words(f"what leg {leg.leg} is asked", leg.words, 2 * MAX_CHARACTERS + 1)
    if isinstance(leg.weight, bool) or not isinstance(leg.weight, int | float) or not 0 <= leg.weight < float("inf"):
        raise InvalidQuery(f"the weight of leg {leg.leg} is {shorten(leg.weight)}; expected a number of at least 0")
    return PlannedLeg(leg.leg, leg.words, float(leg.weight), leg.depth, leg.exact)


def _share(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InvalidQuery(f"centring is {shorten(value)}; expected a number from 0 to 1")
    return float(value)


def _fusion(entry: Mapping[str, Any]) -> Fusion:
    fusion = Fusion(**_exactly(entry, "technique", "mean", "c"))
    known = fusion.technique in get_args(Technique) and fusion.mean in MEANS
    if not known or isinstance(fusion.c, bool) or not isinstance(fusion.c, int) or fusion.c not in RANK_CONSTANTS:
        raise InvalidQuery(f"{shorten(dict(entry))} is no fusion")
    return fusion


def _exactly(entry: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    unknown = set(entry) - set(keys)
    if unknown:
        raise InvalidQuery(f"the plan has unknown keys: {', '.join(sorted(map(str, unknown)))}")
    return {key: entry[key] for key in keys}


def _plain(where: Any) -> Any:
    if isinstance(where, Mapping):
        return {key: _plain(value) for key, value in where.items()}
    if isinstance(where, list | tuple | set | frozenset):
        return [_plain(value) for value in where]
    return where if where is None or isinstance(where, str | bool | int | float) else _stored(where)


def _stored(value: object) -> Any:
    from hybrid.planning.values import stored

    return stored(value)
