from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hybrid.engines.embedded.page import page

SCORES = st.lists(st.integers(0, 4).map(float), max_size=30)


def names(documents):
    # Ids in another order than numbers.
    return {document: f"{(document * 7) % 31:02}" for document in documents}


@given(SCORES, st.integers(0, 35), st.integers(0, 12))
def test_a_page_is_a_piece_of_the_whole_order(scores, offset, k):
    documents = np.arange(len(scores))
    whole = sorted(enumerate(scores), key=lambda pair: (-pair[1], names([pair[0]])[pair[0]]))
    assert page(documents, np.array(scores), offset, k, names) == whole[offset : offset + k]


def test_ids_are_asked_for_ties_within_reach_alone():
    asked = []

    def ids(documents):
        asked.extend(documents)
        return names(asked)

    page(np.arange(6), np.array([5.0, 5.0, 4.0, 3.0, 1.0, 1.0]), 1, 2, ids)
    assert asked == [0, 1]
