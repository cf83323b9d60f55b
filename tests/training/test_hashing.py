"""Hashes that name a run: equal for equal values, different for anything else."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid.training.hashing import hash_of

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@dataclass
class One:
    value: object


@dataclass
class Other:
    value: object


@settings(deadline=None)
@given(plain, plain)
def test_values_have_the_same_hash_where_they_are_the_same(one, other):
    # Python's own equality takes True for 1.
    assert (hash_of(one) == hash_of(other)) == (repr(_sorted(one)) == repr(_sorted(other)))


def _sorted(value):
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(own) for own in value] if isinstance(value, list) else value


def test_arrays_and_dataclasses_count_with_all_they_are():
    rows = np.arange(6, dtype=np.int64)
    values = [rows, rows.astype(np.int32), rows.reshape(2, 3), rows + 1, One(rows), Other(rows), One(None), (), None]
    assert len({hash_of(value) for value in values}) == len(values)
    assert hash_of(rows.reshape(2, 3).T) == hash_of(rows.reshape(2, 3).T.copy())
    assert hash_of("ab", "c") != hash_of("a", "bc")


def test_what_has_no_content_is_refused():
    with pytest.raises(TypeError, match="object has no hash"):
        hash_of(object())
