from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.documents import Mention
from hybrid.engines.embedded.hits import best_matches


@given(st.lists(st.sampled_from([-1.0, 0.0, 0.5, 0.5, 1.0, 1.0000001]), max_size=12), st.integers(0, 5))
def test_the_best_matches_fall_by_cosine_and_equal_ones_keep_their_place(cosines, wanted):
    mentions = [Mention(place, place + 1) for place in range(len(cosines))]
    found = best_matches(mentions, cosines, wanted)
    expected = sorted(range(len(cosines)), key=lambda place: (-cosines[place], place))[:wanted]
    assert [match.start for match in found] == expected
    assert [match.cosine for match in found] == pytest.approx([min(1.0, cosines[place]) for place in expected])
    assert all(-1.0 <= match.cosine <= 1.0 for match in found)
