"""Reading decoded JSON key by key, so that every complaint names the file, the key and what was expected."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from hybrid.errors import BundleError, shorten

T = TypeVar("T")


class Fields:
    """One JSON object; remembers which keys were asked for, so that `done` can name the others."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, Mapping):
            raise BundleError(f"{where} must be a JSON object, found {_kind(data)}")
        self._data: Mapping[str, Any] = data
        self._asked: set[str] = set()
        self.where = where

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def take(self, key: str) -> Any:
        """The value of a key that must be there."""
        self._asked.add(key)
        if key not in self._data:
            raise BundleError(f"{self.where}: the key {key!r} is missing")
        return self._data[key]

    def is_null(self, key: str) -> bool:
        """Whether a key that must be there is null."""
        return self.take(key) is None

    def done(self, result: T = None) -> T:  # type: ignore[assignment]
        """`result`, once no key is left that nobody asked for."""
        unknown = sorted(str(key) for key in self._data if key not in self._asked)
        if unknown:
            raise BundleError(f"{self.where}: unknown key{'s' * (len(unknown) > 1)} {shorten(', '.join(unknown))}")
        return result

    def string(self, key: str, pattern: re.Pattern[str] | None = None, expected: str = "") -> str:
        """A string that is not empty and, where a pattern is given, matches it whole."""
        value = self.take(key)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "a string that is not empty", value)
        if pattern is not None and not pattern.fullmatch(value):
            raise BundleError(f"{self.where}.{key} must be {expected}, found {shorten(value)}")
        return value

    def optional_string(self, key: str, pattern: re.Pattern[str] | None = None, expected: str = "") -> str | None:
        """A string as above, or null."""
        return None if self.is_null(key) else self.string(key, pattern, expected)

    def strings(self, key: str) -> tuple[str, ...]:
        """A list of at least one string, none empty."""
        value = self.take(key)
        if not isinstance(value, list) or not value or not all(isinstance(v, str) and v for v in value):
            raise self._wrong(key, "a list of at least one string", value)
        return tuple(value)

    def boolean(self, key: str) -> bool:
        """True or false."""
        value = self.take(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return value

    def integer(self, key: str, least: int) -> int:
        """A whole number of at least `least`."""
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self._wrong(key, f"a whole number of at least {least}", value)
        return value

    def integers(self, key: str, least_count: int) -> tuple[int, ...]:
        """A list of whole numbers above 0."""
        value = self.take(key)
        good = isinstance(value, list) and len(value) >= least_count
        if not good or not all(isinstance(v, int) and not isinstance(v, bool) and v > 0 for v in value):
            raise self._wrong(key, f"a list of at least {least_count} whole numbers above 0", value)
        return tuple(value)

    def number(self, key: str, least: float = -math.inf, most: float = math.inf) -> float:
        """A finite number within bounds."""
        value = self.take(key)
        if not _within(value, least, most):
            bounds = "" if math.isinf(least) else f" from {least:g} to {most:g}"
            raise self._wrong(key, f"a number{bounds}", value)
        return float(value)

    def numbers(self, key: str, least: float, most: float) -> tuple[float, ...]:
        """A list of at least one finite number, each within bounds."""
        value = self.take(key)
        if not isinstance(value, list) or not value or not all(_within(one, least, most) for one in value):
            raise self._wrong(key, f"a list of at least one number from {least:g} to {most:g}", value)
        return tuple(map(float, value))

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of a few strings."""
        value = self.take(key)
        if value not in choices:
            raise self._wrong(key, f"one of {', '.join(choices)}", value)
        return str(value)

    def choices(self, key: str, known: tuple[str, ...]) -> tuple[str, ...]:
        """A few of known strings, each once."""
        value = self.take(key)
        if not isinstance(value, list) or any(own not in known for own in value) or len(set(value)) < len(value):
            raise self._wrong(key, f"some of {', '.join(known)}, each once", value)
        return tuple(value)

    def optional_choice(self, key: str, choices: tuple[str, ...]) -> str | None:
        """One of a few strings, or null."""
        return None if self.is_null(key) else self.choice(key, choices)

    def nested(self, key: str) -> Fields:
        """A JSON object."""
        return Fields(self.take(key), f"{self.where}: {key}" if self.where.endswith(".json") else f"{self.where}.{key}")

    def optional_nested(self, key: str) -> Fields | None:
        """A JSON object, or null."""
        return None if self.is_null(key) else self.nested(key)

    def nested_list(self, key: str) -> list[Fields]:
        """A list of at least one JSON object."""
        value = self.take(key)
        if not isinstance(value, list) or not value:
            raise self._wrong(key, "a list of at least one object", value)
        return [Fields(item, f"{self.where}.{key}[{place}]") for place, item in enumerate(value)]

    def optional_mapping(self, key: str) -> Mapping[str, Any] | None:
        """A JSON object whose inside is not ours to check, or null."""
        value = self.take(key)
        if value is not None and not isinstance(value, Mapping):
            raise self._wrong(key, "an object or null", value)
        return value

    def _wrong(self, key: str, expected: str, value: object) -> BundleError:
        found = shorten(value) if isinstance(value, str | int | float) else _kind(value)
        return BundleError(f"{self.where}: {key} must be {expected}, found {found}")


def _within(value: object, least: float, most: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and least <= value <= most


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
