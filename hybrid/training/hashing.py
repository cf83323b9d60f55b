"""A hash of values, so that a file can be named by all that decides what stands in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from hashlib import sha256

import numpy as np

Feed = Callable[[bytes], None]


def hash_of(*values: object) -> str:
    """SHA-256 in hexadecimal digits.

    Takes None, bool, numbers, str, bytes, sequences, mappings (the order of their keys does not count), arrays (dtype,
    shape and content) and dataclasses (their name and fields). Raises TypeError for anything else.
    """
    hashed = sha256()
    _feed(values, hashed.update)
    return hashed.hexdigest()


def _feed(value: object, feed: Feed) -> None:
    """Every value says what and how long it is, so that no two feed the same bytes."""
    if value is None or isinstance(value, bool | int | float):
        feed(f"{type(value).__name__} {value!r};".encode())
    elif isinstance(value, str | bytes):
        own = value.encode() if isinstance(value, str) else value
        feed(f"{type(value).__name__} {len(own)} ".encode() + own)
    elif isinstance(value, np.ndarray):
        feed(f"array {value.dtype.str} {value.shape} ".encode() + np.ascontiguousarray(value).tobytes())
    elif is_dataclass(value):
        _many(type(value).__name__, [getattr(value, field.name) for field in fields(value)], feed)
    elif isinstance(value, Mapping):
        _many("mapping", [pair for key in sorted(value) for pair in (key, value[key])], feed)
    elif isinstance(value, Sequence):
        _many("sequence", value, feed)
    else:
        raise TypeError(f"{type(value).__name__} has no hash here")


def _many(kind: str, values: Sequence[object], feed: Feed) -> None:
    feed(f"{kind} {len(values)} ".encode())
    for own in values:
        _feed(own, feed)
