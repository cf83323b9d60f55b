"""A filter to the documents that pass it.

Each comparison is one range of the store's index over (field, value); and, or and not are set operations on masks of
documents. So a comparison on a list-valued field holds when one of the values satisfies it, different comparisons may
hold by different values, and a negation takes in documents that lack the field.

Strings compare by code point (SQLite's BINARY order of UTF-8), integers exactly.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import reduce

import numpy as np

from hybrid.engines.embedded.catalog import Mask
from hybrid.engines.embedded.store import select_in
from hybrid.planning.filters import And, AnyOf, Comparison, Exists, Filter, Not, Or

VALUES = "SELECT seq FROM field_values WHERE field = (SELECT number FROM field_types WHERE name = ?)"


def passing(where: Filter, connection: sqlite3.Connection, size: int) -> Mask:
    """bool [size]: the documents that pass; deleted ones, of which no value is left, may be among them."""
    match where:
        case And(children):
            return reduce(np.logical_and, (passing(child, connection, size) for child in children), np.ones(size, bool))
        case Or(children):
            return reduce(np.logical_or, (passing(child, connection, size) for child in children), np.zeros(size, bool))
        case Not(child):
            return ~passing(child, connection, size)
        case Comparison(field, operator, value):
            return _mask(connection.execute(f"{VALUES} AND value {operator} ?", (field, value)), size)
        case AnyOf(field, values):
            return _mask(select_in(connection, f"{VALUES} AND value IN ({{}})", values, before=(field,)), size)
        case Exists(field):
            return _mask(connection.execute(VALUES, (field,)), size)


def _mask(rows: Iterable[tuple[int]], size: int) -> Mask:
    mask = np.zeros(size, bool)
    mask[np.fromiter((seq for (seq,) in rows), dtype=np.int64)] = True
    return mask
