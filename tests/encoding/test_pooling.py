import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.encoding.pooling import pool
from hybrid.encoding.taps import Pool
from hybrid.errors import EncoderError

STATE = np.arange(2 * 4 * 3, dtype=np.float32).reshape(2, 4, 3)


def at(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def test_first_last_and_mean_of_a_span() -> None:
    where = at(1), at(1), at(4)
    assert pool(STATE, *where, "first").tolist() == STATE[1, 1:2].tolist()
    assert pool(STATE, *where, "last").tolist() == STATE[1, 3:4].tolist()
    assert pool(STATE, *where, "mean").tolist() == [STATE[1, 1:4].mean(axis=0).tolist()]


@pytest.mark.parametrize("how", ["first", "last", "mean"])
def test_spans_may_repeat_overlap_and_come_in_any_order(how: Pool) -> None:
    rows, starts, ends = at(1, 0, 1, 0, 1), at(0, 2, 1, 0, 0), at(4, 3, 3, 4, 4)
    together = pool(STATE, rows, starts, ends, how)
    for place in range(5):
        alone = pool(STATE, rows[[place]], starts[[place]], ends[[place]], how)
        np.testing.assert_array_equal(together[place], alone[0])


@pytest.mark.parametrize("how", ["first", "last", "mean"])
def test_no_spans_give_no_rows(how: Pool) -> None:
    assert pool(STATE, at(), at(), at(), how).shape == (0, 3)


@pytest.mark.parametrize("how", ["first", "last", "mean"])
def test_rows_are_float32_in_c_order_and_no_view_of_the_state(how: Pool) -> None:
    found = pool(STATE[:, :, ::2], at(0, 1), at(0, 1), at(2, 2), how)
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    assert not np.shares_memory(found, STATE)


@given(seed=st.integers(0, 99), length=st.integers(1, 400), scale=st.floats(1e-3, 1e4))
def test_the_mean_is_that_of_double_precision_whatever_stands_beside_it(seed: int, length: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    state = (rng.standard_normal((3, 400, 5)) * scale).astype(np.float32)
    state[0] *= 1e3  # a row of another scale in the same batch
    found = pool(state, at(0, 1, 2, 1), at(0, 0, 0, 0), at(400, length, 400, 1), "mean")
    exact = state[1, :length].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(found[1], exact, atol=2e-6 * scale)
    np.testing.assert_array_equal(found[1], pool(state, at(1), at(0), at(length), "mean")[0])


@pytest.mark.parametrize(("row", "start", "end"), [(0, 2, 2), (0, 3, 2), (0, -1, 2), (0, 0, 5), (2, 0, 1), (-1, 0, 1)])
def test_a_span_that_is_empty_or_outside_is_an_error_that_names_it(row: int, start: int, end: int) -> None:
    with pytest.raises(
        EncoderError, match=f"span 1 is tokens {start}:{end} of row {row}, expected a range .* 4 tokens"
    ):
        pool(STATE, at(0, row), at(0, start), at(1, end), "mean")
