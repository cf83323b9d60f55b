import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.encoding.batching import collate, length_sorted_batches


@given(lengths=st.lists(st.integers(0, 600)), max_tokens=st.integers(1, 4096))
def test_every_text_is_in_one_batch(lengths: list[int], max_tokens: int) -> None:
    batches = list(length_sorted_batches(lengths, max_tokens=max_tokens))
    assert sorted(int(place) for batch in batches for place in batch) == list(range(len(lengths)))


@given(lengths=st.lists(st.integers(0, 600)), max_tokens=st.integers(1, 4096))
def test_a_batch_fits_with_its_padding_unless_it_is_one_text(lengths: list[int], max_tokens: int) -> None:
    for batch in length_sorted_batches(lengths, max_tokens=max_tokens):
        longest = max(lengths[place] for place in batch)
        assert len(batch) == 1 or len(batch) * longest <= max_tokens


def test_texts_of_like_length_come_together_the_longest_first() -> None:
    batches = length_sorted_batches([3, 9, 3, 8, 2], max_tokens=18)
    assert [batch.tolist() for batch in batches] == [[1, 3], [0, 2, 4]]


def test_batches_can_put_results_back_in_the_order_of_the_input() -> None:
    lengths = np.array([5, 1, 4, 2, 3])
    results = np.zeros(5, dtype=np.int64)
    for batch in length_sorted_batches(lengths, max_tokens=8):
        results[batch] = lengths[batch] * 10
    assert results.tolist() == [50, 10, 40, 20, 30]


def test_texts_are_padded_on_the_right() -> None:
    ids, mask = collate([np.array([7, 8, 9]), np.array([5])])
    assert ids.tolist() == [[7, 8, 9], [5, 0, 0]]
    assert mask.tolist() == [[True, True, True], [True, False, False]]
    assert (ids.dtype, mask.dtype) == (np.int64, np.bool_)


@pytest.mark.parametrize("texts", [0, 2])
def test_texts_without_tokens_make_an_empty_batch(texts: int) -> None:
    ids, mask = collate([np.array([], dtype=np.int64)] * texts)
    assert ids.shape == mask.shape == (texts, 0)
