import pytest

from hybrid.encoding.taps import State, Tap, parse_state, parse_tap
from hybrid.errors import BundleError


@pytest.mark.parametrize("text", ["value@17:last", "hidden@5:mean", "key@4:first", "hidden@0:last", "passage"])
def test_a_tap_is_printed_as_it_was_read(text: str) -> None:
    assert str(parse_tap(text)) == text


def test_a_tap_names_kind_block_and_pool() -> None:
    assert parse_tap("value@17:last") == Tap("value", 17, "last")
    assert parse_tap("passage") == Tap("passage", None, None)


def test_taps_that_differ_by_pooling_read_the_same_state() -> None:
    assert parse_tap("hidden@5:mean").state == parse_tap("hidden@5:last").state == State("hidden", 5)


@pytest.mark.parametrize("text", ["hidden@5", "key@0", "passage"])
def test_a_state_is_printed_as_it_was_read(text: str) -> None:
    assert str(parse_state(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "value", "value@17", "value@17:max", "value@-1:last", "value@x:last", "query@1:last", "value@01:last",
     "value@17:last ", "Value@17:last", "passage:mean", "value@17:last\n", "value@٣:last"],
)  # fmt: skip
def test_what_is_no_tap_is_an_error_that_shows_one(text: str) -> None:
    with pytest.raises(BundleError, match=r"expected KIND@BLOCK:POOL .*'value@17:last'"):
        parse_tap(text)


@pytest.mark.parametrize("text", ["hidden", "hidden@5:mean", "hidden@", "logits@3"])
def test_what_is_no_state_is_an_error_that_shows_one(text: str) -> None:
    with pytest.raises(BundleError, match=r"expected KIND@BLOCK .*'hidden@5'"):
        parse_state(text)


def test_no_text_is_an_error_too() -> None:
    with pytest.raises(BundleError, match="tap 5"):
        parse_tap(5)  # type: ignore[arg-type]
