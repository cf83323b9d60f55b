"""Names of systems."""

import pytest

from hybrid.errors import InvalidHow, InvalidInput
from hybrid.evaluation.systems.factory import on_server, open_system, split_names
from hybrid.evaluation.systems.how import HowSystem


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("bm25", ("bm25",)),
        ("bm25, typed ,hybrid", ("bm25", "typed", "hybrid")),
        ("rrf(bm25, dense),typed", ("rrf(bm25, dense)", "typed")),
        ("min_max(typed=1, dense=.2, lexical=.3); depth=1000, bm25",
         ("min_max(typed=1, dense=.2, lexical=.3); depth=1000", "bm25")),
        ("dense:package-parts:NAME-{001..005},bm25,bm25", ("dense:package-parts:NAME-{001..005}", "bm25")),
    ],
)  # fmt: skip
def test_systems_stand_between_commas_outside_of_brackets(text, names):
    assert split_names(text) == names


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "empty name"), ("bm25,,typed", "empty name"), ("bm25,", "empty name"), ("rrf(bm25, dense", "no partner")],
)
def test_a_list_of_systems_that_cannot_be_read_is_refused(text, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        split_names(text)


@pytest.mark.parametrize("name", ["bm25", "rrf(bm25, dense)", "hybrid", "rank-bm25", "bm25s"])
def test_a_system_is_called_as_it_was_asked_for(name):
    assert open_system(name).name == name


def test_hybrid_is_what_auto_runs():
    assert open_system("hybrid") == HowSystem("hybrid", "auto")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("bm52s", "no system is called 'bm52s'; did you mean 'bm25s'"),
        ("typedd", "did you mean 'typed'"),
        ("word2vec!", "known are hybrid, bm25, lexical"),
    ],
)
def test_a_name_that_is_no_system_is_refused(name, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        open_system(name)


def test_a_fusion_with_a_fault_shows_where():
    with pytest.raises(InvalidHow, match=r"\^"):
        open_system("rrf(bm25, dens)")


def test_plans_run_on_a_server_too_and_other_systems_do_not():
    assert on_server(open_system("bm25")) == HowSystem("bm25@opensearch", "bm25", server=True, exact=False)
    assert on_server(open_system("bm25s")) is None
