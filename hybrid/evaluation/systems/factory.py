"""A system's name to the system: the one place that knows the implementations."""

from __future__ import annotations

from collections.abc import Callable

from hybrid.errors import InvalidHow, InvalidInput, shorten
from hybrid.evaluation.systems.how import HowSystem
from hybrid.evaluation.systems.protocol import System
from hybrid.planning.filters import did_you_mean
from hybrid.planning.notation import LEGS, parse_how

AUTO = "hybrid"
ON_SERVER = "@opensearch"


def open_system(name: str) -> System:
    """The system of a name; its model is looked for at once, but nothing heavy is loaded before it ranks.

    A `how` in the planner's notation, `hybrid` (what `auto` runs), or a name of `NAMED`.

    Raises:
        InvalidHow: a fusion that does not follow the notation, with a caret.
        InvalidInput: any other name that is no system; with the nearest known one.
        BundleError: no model is where the name says.
        MissingExtra: the system's package is not installed.
    """
    kind, colon, argument = name.partition(":")
    if colon and kind in WITH_ARGUMENT:
        if not argument.strip():
            raise InvalidInput(f"system {shorten(name)} names nothing behind its colon; expected {_form(kind)}")
        return WITH_ARGUMENT[kind](name, argument.strip())
    if name in NAMED:
        return NAMED[name](name)
    if name == AUTO:
        return HowSystem(name, "auto")
    try:
        parse_how(name)
    except InvalidHow as error:
        if "(" in name or ";" in name:
            raise
        known = (AUTO, *LEGS, *NAMED, *map(_form, WITH_ARGUMENT))
        hint = did_you_mean(name, known) or f"; known are {', '.join(known)}, and fusions such as 'rrf(bm25, dense)'"
        raise InvalidInput(f"no system is called {shorten(name)}{hint}") from error
    return HowSystem(name, name)


def on_server(system: System, *, exact: bool = False) -> System | None:
    """The same `how` on a server, reported under its name and `@opensearch`; None for a system that has no server."""
    if not isinstance(system, HowSystem):
        return None
    return HowSystem(f"{system.name}{ON_SERVER}", system.how, server=True, exact=exact)


def split_names(text: str) -> tuple[str, ...]:
    """Names between commas that stand outside of brackets, each once and without white space around it.

    Raises:
        InvalidInput: there is none, or one is empty, or a bracket is not closed.
    """
    names, depth, begun = [], 0, 0
    for place, character in enumerate(text):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(character, 0)
        if character == "," and not depth:
            names.append(text[begun:place].strip())
            begun = place + 1
    names.append(text[begun:].strip())
    if depth:
        raise InvalidInput(f"a bracket of {shorten(text)} has no partner")
    if not all(names):
        raise InvalidInput(f"{shorten(text)} has an empty name; expected names between commas")
    return tuple(dict.fromkeys(names))


def _form(kind: str) -> str:
    return f"{kind}:{'TAP' if kind == 'values' else 'MODEL'}"


def _rank_bm25(name: str) -> System:
    from hybrid.evaluation.systems.rank_bm25 import RankBM25System

    return RankBM25System(name)


def _bm25s(name: str) -> System:
    from hybrid.evaluation.systems.bm25s import BM25SSystem

    return BM25SSystem(name)


def _surface(name: str) -> System:
    from hybrid.evaluation.systems.surface import SurfaceSystem

    return SurfaceSystem(name)


def _values(name: str, tap: str | None = None) -> System:
    from hybrid.evaluation.systems.values import ValuesSystem

    return ValuesSystem(name, tap)


def _dense(name: str, model: str) -> System:
    from hybrid.evaluation.systems.dense import DenseSystem

    return DenseSystem(name, model)


def _splade(name: str, model: str) -> System:
    from hybrid.evaluation.systems.splade import SpladeSystem

    return SpladeSystem(name, model)


def _late(name: str, model: str) -> System:
    from hybrid.evaluation.systems.late import LateSystem

    return LateSystem(name, model)


NAMED: dict[str, Callable[[str], System]] = {
    "rank-bm25": _rank_bm25,
    "bm25s": _bm25s,
    "values": _values,
    "surface": _surface,
}
WITH_ARGUMENT: dict[str, Callable[[str, str], System]] = {
    "dense": _dense,
    "splade": _splade,
    "late": _late,
    "values": _values,
}
