"""R-Precision against its definition, and what it must never do."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hybrid.evaluation.measures import macro, r_precision

documents = st.lists(st.integers(0, 30), unique=True)
relevant = st.sets(st.integers(0, 30), min_size=1)


@pytest.mark.parametrize(
    ("ranked", "wanted", "value"),
    [
        ([1, 2, 3], {1, 2}, 1.0),
        ([3, 1, 2], {1, 2}, 0.5),
        ([3, 4, 1, 2], {1, 2}, 0.0),
        ([], {1}, 0.0),
        ([1], {1, 2, 3, 4}, 0.25),
        (["a", "b"], frozenset({"b"}), 0.0),
    ],
)
def test_it_is_the_share_of_relevant_documents_among_the_first_r(ranked, wanted, value):
    assert r_precision(ranked, wanted) == value


@given(documents, relevant)
def test_it_equals_precision_at_r(ranked, wanted):
    first = [document in wanted for document in ranked[: len(wanted)]]
    assert r_precision(ranked, wanted) == sum(first) / len(wanted)


@given(documents, relevant)
def test_it_lies_between_0_and_1_and_only_the_first_r_count(ranked, wanted):
    value = r_precision(ranked, wanted)
    assert 0.0 <= value <= 1.0
    assert r_precision(ranked[: len(wanted)], wanted) == value


@given(documents, relevant, st.randoms())
def test_the_order_within_the_first_r_does_not_matter(ranked, wanted, random):
    first = ranked[: len(wanted)]
    random.shuffle(first)
    assert r_precision([*first, *ranked[len(wanted) :]], wanted) == r_precision(ranked, wanted)


@given(relevant, documents)
def test_all_relevant_documents_first_is_1(wanted, others):
    assert r_precision([*wanted, *(other for other in others if other not in wanted)], wanted) == 1.0


@given(documents, relevant)
def test_a_relevant_document_moved_forward_never_hurts(ranked, wanted):
    places = [place for place, document in enumerate(ranked) if place and document in wanted]
    assume(places)
    place = places[0]
    better = [*ranked[: place - 1], ranked[place], ranked[place - 1], *ranked[place + 1 :]]
    assert r_precision(better, wanted) >= r_precision(ranked, wanted)


def test_a_type_without_relevant_documents_has_no_value():
    with pytest.raises(ValueError, match="nothing is relevant"):
        r_precision([1], set())


def test_a_document_ranked_twice_is_an_error():
    with pytest.raises(ValueError, match="twice"):
        r_precision([1, 1], {1})


def test_macro_is_the_plain_mean():
    assert macro([0.0, 0.5, 1.0]) == 0.5
    with pytest.raises(ValueError, match="mean requires"):
        macro([])
