"""Which window a mention is taken from where windows overlap."""

import numpy as np

from hybrid.documents import Mention
from hybrid.encoding.overlapping import placed, without_overlaps
from hybrid.encoding.spans import Window


def window(first: int, last: int, opens: int, closes: int) -> Window:
    """Tokens of one character each, with white space between them."""
    starts = np.arange(first, last, dtype=np.int64) * 2
    return Window(np.zeros(last - first, np.int64), starts, starts + 1, (opens, closes))


WINDOWS = [window(0, 8, 0, 15), window(5, 12, 10, 24)]


def test_a_mention_is_placed_in_the_window_where_it_has_most_context() -> None:
    mentions = [Mention(10, 11), Mention(14, 15)]
    [left] = placed(WINDOWS, 0, mentions)
    [right] = placed(WINDOWS, 1, mentions)
    assert (left.mention, left.first, left.end, left.context) == (mentions[0], 5, 6, 2)
    assert (right.mention, right.first, right.end, right.context) == (mentions[1], 2, 3, 2)


def test_of_overlapping_mentions_the_one_with_more_context_stays() -> None:
    mentions = [
        (Mention(10, 20, score=0.9), 3),
        (Mention(12, 20, score=0.5), 7),
        (Mention(30, 35, score=0.4), 1),
        (Mention(0, 5, score=0.4), 1),
        (Mention(33, 36, score=0.6), 1),
    ]
    assert without_overlaps(mentions) == [3, 1, 4]
    assert without_overlaps([]) == []
