"""A stream to batches, without holding the stream."""

from collections.abc import Iterator

import pytest

from hybrid.documents import Document
from hybrid.errors import InvalidInput
from hybrid.indexing.batches import batched


def test_batches_are_full_and_keep_order_and_positions() -> None:
    batches = list(batched((str(i) for i in range(7)), 3))
    assert [[entry.item for entry in batch] for batch in batches] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    assert [entry.position for batch in batches for entry in batch] == list(range(7))


def test_an_empty_stream_has_no_batch() -> None:
    assert list(batched([])) == []


def test_long_texts_make_a_batch_full_earlier() -> None:
    long = "x" * 1_500_000
    documents = [Document("1", long), {"text": long}, long, Document("4", "short")]
    assert [len(batch) for batch in batched(documents)] == [3, 1]


def test_the_stream_is_read_no_further_than_a_batch() -> None:
    read = []

    def stream() -> Iterator[str]:
        for i in range(100):
            read.append(i)
            yield str(i)

    next(batched(stream(), 10))
    assert len(read) == 10


def test_where_the_stream_fails_what_came_before_is_not_lost() -> None:
    def stream() -> Iterator[str]:
        yield "a"
        yield "b"
        raise OSError("the disk went away")

    batches = batched(stream(), 10)
    assert [entry.item for entry in next(batches)] == ["a", "b"]
    with pytest.raises(OSError, match="the disk went away"):
        next(batches)


@pytest.mark.parametrize("size", [0, -1, True, 2.5])
def test_a_batch_has_at_least_one_document(size: int) -> None:
    with pytest.raises(InvalidInput, match="batch_size"):
        next(batched(["a"], size))
