"""Values of fields in the one form that both engines keep.

Dates become `YYYY-MM-DD`, datetimes `YYYY-MM-DDTHH:MM:SS.ffffffZ` in UTC: strings that sort as time does. So a field
holds one of four types: str, int (64 bit), float, bool.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Literal, TypeAlias

Stored: TypeAlias = str | bool | int | float
Kept: TypeAlias = Stored | list[Stored]
FieldType: TypeAlias = Literal["str", "int", "float", "bool"]

MAX_STRING_BYTES = 32_766
MAX_FIELDS = 1_000
INT64 = range(-(2**63), 2**63)


def stored(value: object) -> Stored:
    """One value as it is kept.

    Raises:
        ValueError: no type of a field, a naive datetime or one beyond the years 1 to 9999, NaN or an infinity, an
            integer beyond 64 bits, a string over 32,766 bytes or with a lone surrogate; the message is a sentence for
            the user.
    """
    match value:
        case bool():
            return value
        case int():
            if value not in INT64:
                raise ValueError(f"the integer has {value.bit_length()} bits; at most 64 with the sign are kept")
            return int(value)
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{value} is no finite number")
            # The two zeros are equal to people and not to every engine.
            return float(value) + 0.0
        case str():
            return _string(value)
        case dt.datetime():
            if value.utcoffset() is None:
                raise ValueError("the datetime has no time zone; expected one, such as datetime.now(timezone.utc)")
            return _instant(value)
        case dt.date():
            return value.isoformat()
        case _:
            raise ValueError(
                f"{value.__class__.__name__} is no type of a field; expected str, bool, int, float, date or datetime"
            )


def field_type_of(value: Stored) -> FieldType:
    """The type of a kept value."""
    match value:
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float"
        case _:
            return "str"


def declared_type(declaration: object) -> FieldType:
    """What `create(fields={"price": float})` means; a date or a datetime is kept as str.

    Raises:
        ValueError: a declaration that is none of str, int, float, bool, date, datetime or their names.
    """
    known: dict[object, FieldType] = {str: "str", int: "int", float: "float", bool: "bool"}
    known |= {"str": "str", "int": "int", "float": "float", "bool": "bool", "date": "str", "datetime": "str"}
    known |= {dt.date: "str", dt.datetime: "str"}
    if not isinstance(declaration, type | str) or declaration not in known:
        raise ValueError(f"{declaration!r} is no type of a field; expected str, int, float, bool, date or datetime")
    return known[declaration]


def _instant(value: dt.datetime) -> str:
    try:
        utc = value.astimezone(dt.UTC)
    except OverflowError:
        raise ValueError(f"the datetime {value.isoformat()} lies outside of the years 1 to 9999 in UTC") from None
    # Some systems do not fill the year up to four digits.
    return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _string(value: str) -> str:
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        raise ValueError(
            f"character {error.start} of the string is a lone surrogate, which UTF-8 cannot hold"
        ) from None
    if size > MAX_STRING_BYTES:
        raise ValueError(f"the string has {size:,} bytes in UTF-8; at most {MAX_STRING_BYTES:,} are kept")
    # An enumeration's own str() would give the member's name and not its value.
    return str.__str__(value)
