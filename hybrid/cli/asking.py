"""What `find` and `plan` share: an index opened for a question, and the question's options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from hybrid.cli.where import parse_wheres
from hybrid.planning.notation import parse_how
from hybrid.retriever import Retriever


class Page(TypedDict):
    """The arguments of `Retriever.plan` besides the type."""

    about: str | None
    where: dict[str, object] | None
    how: str
    k: int
    offset: int
    depth: int | None
    exact: bool
    mentions: int


def opened_for(target: str, how: str, encoder: str | None) -> Retriever:
    """The index, without an encoder where the lexical leg alone is asked: it needs none, not even an installed one.

    Raises:
        InvalidHow: before anything is opened.
    """
    legs = {term.leg for term in parse_how(how).terms}
    return Retriever.open(target, encoder=encoder or (False if legs == {"lexical"} else None))


def page_options(
    retriever: Retriever,
    about: str | None,
    where: Sequence[str] | None,
    how: str,
    k: int,
    offset: int,
    depth: int | None,
    exact: bool,
    mentions: int,
) -> Page:
    """The options of a question, its conditions read as the types of the index's fields."""
    conditions = parse_wheres(where or (), retriever.meta.fields)
    return Page(about=about, where=conditions, how=how, k=k, offset=offset, depth=depth, exact=exact, mentions=mentions)
