from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hybrid.cli.intake import Intake, Places
from hybrid.errors import InvalidFile
from hybrid.reading import Located

BAD = InvalidFile("no JSON", file="a", line=2)
ENTRIES = [Located("a", 1, {"text": "x"}), Located("a", 2, BAD), Located("a", 5, {"text": "y"})]


def test_documents_and_refusals_come_in_order_with_their_places():
    intake = Intake(ENTRIES)
    assert list(intake) == [{"text": "x"}, BAD, {"text": "y"}]
    assert [intake.place(position) for position in range(3)] == [("a", 1), ("a", 2), ("a", 5)]


def test_it_can_stop_at_the_first_refusal():
    assert list(Intake(ENTRIES, stop_at_refused=True)) == [{"text": "x"}, BAD]


def test_it_can_be_stopped_before_the_next_document():
    intake = Intake(ENTRIES)
    items = iter(intake)
    next(items)
    intake.stop()
    assert list(items) == []


def test_looking_ahead_loses_nothing():
    for entries, refused in (
        (ENTRIES, False),
        ([ENTRIES[1]] * 3, True),
        ([ENTRIES[1], ENTRIES[0]], False),
        ([], False),
    ):
        intake = Intake(entries)
        assert intake.all_refused() is refused
        assert list(intake) == [entry.item for entry in entries]


def test_looking_ahead_stops_at_the_first_document():
    def endless():
        while True:
            yield ENTRIES[0]

    assert Intake(endless()).all_refused() is False


def test_lines_that_follow_one_another_take_no_memory():
    places = Places()
    for line in range(1, 100_001):
        places.append(("a", line))
    assert len(places._starts) == 1
    assert places[99_999] == ("a", 100_000)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.none() | st.integers(1, 9))))
def test_every_place_is_found_again(given_places):
    places = Places()
    for place in given_places:
        places.append(place)
    assert [places[position] for position in range(len(given_places))] == given_places
