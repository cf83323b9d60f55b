"""What was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hybrid.errors import InvalidQuery

MAX_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Query:
    """The kind of entity in words, what else the text is about, and the filter as it was written (JSON form)."""

    type: str
    about: str | None = None
    where: Mapping[str, Any] | None = None

    @property
    def words(self) -> str:
        """What the lexical and the dense leg are asked: the type's words, then `about`."""
        return self.type if self.about is None else f"{self.type} {self.about}"


def checked_query(type: str, about: str | None, where: Mapping[str, Any] | None) -> Query:
    """A question whose words can be asked.

    Raises:
        InvalidQuery: type or about is no string, empty, over 2,000 characters, or holds a lone surrogate.
    """
    check_words("type", type)
    if about is not None:
        check_words("about", about)
    return Query(type, about, where or None)


def check_words(name: str, words: object, limit: int = MAX_CHARACTERS) -> None:
    """Refuse words that cannot be asked; `name` is what they are called.

    Raises:
        InvalidQuery: no string, empty, over `limit` characters, or with a lone surrogate.
    """
    if not isinstance(words, str):
        raise InvalidQuery(f"{name} is {words.__class__.__name__}; expected words as a string")
    if not words.strip():
        raise InvalidQuery(f"{name} is empty; expected words, such as 'political party'")
    if len(words) > limit:
        raise InvalidQuery(f"{name} has {len(words):,} characters; at most {limit:,} are read")
    if any("\ud800" <= character <= "\udfff" for character in words):
        raise InvalidQuery(f"{name} holds a lone surrogate, which no text in UTF-8 can")
