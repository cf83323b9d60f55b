"""The grammar of `how`: what it reads, how it prints, and what a wrong one says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.errors import InvalidHow
from hybrid.fusion import Fusion
from hybrid.planning.notation import How, Term, parse_how, print_how

LEGS = ("lexical", "typed", "dense")


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("auto", How()),
        ("auto ;centring=0", How(centring=0.0)),
        ("typed", How((Term("typed"),))),
        ("bm25", How((Term("lexical"),))),
        ("dense; depth=50", How((Term("dense"),), None, 50)),
        ("min_max(typed, dense)", How((Term("typed"), Term("dense")), Fusion())),
        (
            "min_max(typed=1, dense=.2, lexical=.3)",
            How((Term("typed"), Term("dense", 0.2), Term("lexical", 0.3)), Fusion()),
        ),
        ("l2.harmonic(typed,bm25=0)", How((Term("typed"), Term("lexical", 0.0)), Fusion("l2", "harmonic"))),
        ("rrf(typed, lexical, c=20)", How((Term("typed"), Term("lexical")), Fusion("rrf", c=20))),
        ("typed; centring=.5", How((Term("typed"),), centring=0.5)),
        ("dense; centring=0", How((Term("dense"),), centring=0.0)),
        ("min_max(typed, dense); centring=1; depth=7", How((Term("typed"), Term("dense")), Fusion(), 7, 1.0)),
        ("rrf(typed=2,dense);depth=10000", How((Term("typed", 2.0), Term("dense")), Fusion("rrf"), 10_000)),
        (" min_max . geometric ( typed = 1e-1 ,\n dense ) ; depth = 7 ", How(
            (Term("typed", 0.1), Term("dense")), Fusion("min_max", "geometric"), 7
        )),
    ],
)  # fmt: skip
def test_reads(text: str, how: How) -> None:
    assert parse_how(text) == how


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("bm25", "lexical"),
        ("min_max.arithmetic(typed=1,dense=1)", "min_max(typed, dense)"),
        ("min_max(typed=1.0, dense=0.20)", "min_max(typed=1, dense=.2)"),
        ("rrf(typed,dense,c=60)", "rrf(typed, dense)"),
        ("rrf(typed,dense,c=1)", "rrf(typed, dense, c=1)"),
        ("typed;depth=200", "typed; depth=200"),
        ("typed;centring=0.50", "typed; centring=.5"),
        ("typed; centring=0.0", "typed; centring=0"),
        ("bm25 ; centring = 1.0 ; depth = 5", "lexical; depth=5; centring=1"),
    ],
)
def test_prints_one_canonical_text(text: str, canonical: str) -> None:
    assert print_how(parse_how(text)) == canonical


weights = st.floats(0, 1e9, allow_nan=False, allow_subnormal=True)
terms = st.lists(st.sampled_from(LEGS), min_size=2, max_size=3, unique=True).flatmap(
    lambda legs: st.tuples(*[weights.map(lambda weight, leg=leg: Term(leg, weight)) for leg in legs])
)
fusions = st.one_of(
    st.builds(Fusion, st.sampled_from(["min_max", "l2"]), st.sampled_from(["arithmetic", "geometric", "harmonic"])),
    st.builds(Fusion, st.just("rrf"), st.just("arithmetic"), st.integers(1, 10_000)),
)
depths = st.none() | st.integers(1, 10_000)
shares = st.none() | st.floats(0, 1, allow_nan=False, allow_subnormal=True)
hows = st.one_of(
    st.just(How()),
    st.builds(How, st.sampled_from(LEGS).map(lambda leg: (Term(leg),)), st.none(), depths, shares),
    st.builds(How, terms.filter(lambda t: any(term.weight for term in t)), fusions, depths, shares),
)


@given(hows)
def test_parsing_what_was_printed_gives_the_same(how: How) -> None:
    assert parse_how(print_how(how)) == how


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "the end was found in how; expected a leg, a fusion or 'auto'"),
        ("typd", 0, "did you mean 'typed'?"),
        ("min_max(typed, dens)", 15, "did you mean 'dense'?"),
        ("minmax(typed, dense)", 0, "did you mean 'min_max'?"),
        ("z_score(typed, dense)", 0, "expected a leg, a fusion or 'auto'"),
        ("typed dense", 6, "expected the end or ';'"),
        ("auto; depth=5", 6, "expected 'centring'"),
        ("min_max.geometrc(typed, dense)", 8, "did you mean 'geometric'?"),
        ("min_max(typed)", 0, "a single leg needs no fusion"),
        ("min_max(typed, typed)", 15, "typed stands there twice"),
        ("min_max(lexical, bm25)", 17, "lexical stands there twice"),
        ("min_max(typed=0, dense=0)", 0, "at least one weight above 0"),
        ("min_max(typed=-1, dense)", 14, "a finite number of at least 0"),
        ("min_max(typed=1e999, dense)", 14, "a finite number of at least 0"),
        ("min_max(typed=, dense)", 14, "a finite number of at least 0"),
        ("min_max(typed, dense", 20, "expected ')'"),
        ("rrf(typed, dense, c=0)", 20, "a whole number from 1 to 10,000"),
        ("rrf(typed, dense, c=1.5)", 20, "a whole number from 1 to 10,000"),
        ("rrf.harmonic(typed, dense)", 3, "expected '('"),
        ("rrf(c=3)", 4, "expected a leg"),
        ("typed; depth=0", 13, "a whole number from 1 to 10,000"),
        ("typed; depth=10001", 13, "a whole number from 1 to 10,000"),
        ("typed; deep=5", 7, "expected an option ('depth', 'centring'); did you mean 'depth'?"),
        ("typed; centering=.5", 7, "did you mean 'centring'?"),
        ("typed;", 6, "expected an option ('depth', 'centring')"),
        ("typed; depth=5;", 15, "expected 'centring'"),
        ("typed; depth=5; depth=6", 16, "expected 'centring'"),
        ("typed; centring=.5; centring=.5", 20, "expected 'depth'"),
        ("typed; depth=5; centring=.5; depth=6", 27, "expected the end"),
        ("typed; depth=5 centring=.5", 15, "expected the end or ';'"),
        ("typed; centring", 15, "expected '='"),
        ("typed; centring=", 16, "expected centring, a number from 0 to 1"),
        ("typed; centring=1.1", 16, "'1.1' was found in how; expected centring, a number from 0 to 1"),
        ("typed; centring=-.5", 16, "'-' was found in how; expected centring, a number from 0 to 1"),
        ("typed; centring=1e999", 16, "a number from 0 to 1"),
        ("typed; centring=half", 16, "a number from 0 to 1"),
        ("恐竜", 0, "expected a leg"),
    ],
)
def test_a_wrong_how_points_at_the_place(text: str, position: int, words: str) -> None:
    with pytest.raises(InvalidHow) as caught:
        parse_how(text)
    assert caught.value.position == position
    assert words in str(caught.value)
    assert str(caught.value).splitlines()[-1] == "  " + " " * position + "^"


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    try:
        how = parse_how(text)
    except InvalidHow as error:
        assert 0 <= error.position <= len(text)
    else:
        assert parse_how(print_how(how)) == how


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidHow, match="how is int"):
        parse_how(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["rrf(typed, lexical, c={})", "typed; depth={}"])
def test_thousands_of_digits_are_a_number_too_large(how: str) -> None:
    with pytest.raises(InvalidHow, match="a whole number from 1 to 10,000"):
        parse_how(how.format("9" * 5_000))


def test_capitals_are_no_other_name_but_are_understood() -> None:
    with pytest.raises(InvalidHow, match="did you mean 'bm25'"):
        parse_how("BM25")
