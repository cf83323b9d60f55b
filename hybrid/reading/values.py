"""A value written as text, read as the type that was declared for its field."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from typing import Literal, TypeAlias

from hybrid.documents import Scalar
from hybrid.errors import shorten

Declaration: TypeAlias = Literal["str", "int", "float", "bool", "date", "datetime"]

_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_WORDS_OF_BOOL = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_value(text: str, declaration: Declaration) -> Scalar:
    """The value that a text stands for; white space around it is free, except in a str.

    Raises:
        ValueError: the text is no such value; the message is a sentence for the user.
    """
    reader, expected = _READERS[declaration]
    try:
        return reader(text if declaration == "str" else text.strip())
    except (ValueError, KeyError):
        raise ValueError(f"{shorten(text)} is no {declaration}; expected {expected}") from None


def _int(text: str) -> int:
    # int() alone takes 1_000 and digits of other scripts.
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError(text)
    return value


def _bool(text: str) -> bool:
    return _WORDS_OF_BOOL[text.lower()]


_READERS: dict[Declaration, tuple[Callable[[str], Scalar], str]] = {
    "str": (str, "a text"),
    "int": (_int, "a whole number"),
    "float": (_float, "a finite number"),
    "bool": (_bool, "true or false"),
    "date": (dt.date.fromisoformat, "a date such as 1999-12-31"),
    "datetime": (dt.datetime.fromisoformat, "a time such as 1999-12-31T23:59:59+01:00"),
}
