"""JSON Lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

from hybrid.errors import shorten
from hybrid.reading.lines import not_utf8, numbered_lines
from hybrid.reading.records import Located, ReadingOptions, document_of, located

MAX_DIGITS = 1_000


def read_jsonl(file: str, stream: BinaryIO, options: ReadingOptions) -> Iterator[Located]:
    """One document a line; blank lines are passed over, a line that cannot be read is refused and the rest goes on."""
    first = True
    for entry in numbered_lines(file, stream):
        if isinstance(entry, Located):
            yield entry
            continue
        line, raw = entry
        if not (raw := raw.strip()):
            continue
        if first and raw in (b"[", b"{"):
            yield located(file, line, "one JSON value over several lines was found; expected one object a line")
            return
        first = False
        try:
            yield Located(file, line, document_of(parse_object(raw), options))
        except UnicodeDecodeError as error:
            yield located(file, line, not_utf8(error))
        except ValueError as error:
            yield located(file, line, str(error))


def parse_object(raw: bytes | str) -> dict[str, Any]:
    """One JSON object, by RFC 8259 and stricter: no NaN or infinity, no key twice.

    Raises:
        UnicodeDecodeError: not UTF-8.
        ValueError: no JSON or no object; the message is a sentence for the user.
    """
    value = parse_json(raw)
    if not isinstance(value, dict):
        raise ValueError(f'{_KINDS[type(value)]} was found; expected a JSON object such as {{"text": "…"}}')
    return value


def parse_json(raw: bytes | str) -> Any:
    """One JSON value; raises as `parse_object` does."""
    text = raw.decode() if isinstance(raw, bytes) else raw
    try:
        return json.loads(text, parse_int=_integer, parse_constant=_no_constant, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error.msg[0].lower()}{error.msg[1:]} at column {error.colno}") from None
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _integer(digits: str) -> int:
    # int() refuses thousands of digits with a sentence of its own.
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has {len(digits):,} digits; at most 64 bits with the sign are kept")
    return int(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON; expected a finite number or null")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {shorten(twice)} stands twice in one object")
    return unique


_KINDS = {
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}
