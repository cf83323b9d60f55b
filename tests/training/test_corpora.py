"""Which labels are trained, under which words, and which never are."""

import pytest

from hybrid.evaluation.datasets import words
from hybrid.training.corpora import CATCH_ALL, CORPORA, FEW_NERD, STACKOVERFLOW_NER


def test_the_labels_that_are_dev_types_under_another_name_are_left_out():
    assert FEW_NERD.dev_types.keys() == {
        "person-politician", "other-award", "location-GPE", "organization-education", "other-biologything",
        "other-astronomything", "organization-company",
    }  # fmt: skip
    assert STACKOVERFLOW_NER.dev_types.keys() == {"Library", "Organization"}


def test_they_are_trained_where_a_run_is_not_zero_shot():
    for corpus in CORPORA.values():
        seen = corpus.seen()
        assert seen.labels == {**corpus.labels, **corpus.dev_types}
        assert not seen.dev_types


def test_catch_alls_are_left_out():
    for corpus in CORPORA.values():
        assert not any(label.endswith("-other") for label in corpus.labels)
    assert {label for label, why in FEW_NERD.left_out.items() if why == CATCH_ALL} == {
        "art-other", "organization-other", "product-other",
    }  # fmt: skip


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=lambda corpus: corpus.name)
def test_no_type_is_trained_under_a_word_that_dev_asks(corpus, dev_words):
    names = {name.lower() for names in corpus.labels.values() for name in names}
    assert not names & dev_words


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=lambda corpus: corpus.name)
def test_a_corpus_says_where_it_is_published_and_its_licence(corpus):
    assert corpus.published.startswith("https://")
    assert corpus.licence
    assert corpus.citation
    assert len({*corpus.labels, *corpus.dev_types, *corpus.left_out}) == (
        len(corpus.labels) + len(corpus.dev_types) + len(corpus.left_out)
    )
    assert all(corpus.seen().labels.values())


def test_a_corpus_whose_licence_is_not_known_to_allow_it_is_not_there():
    assert set(CORPORA) == {
        "few-nerd", "few-nerd-dev", "stackoverflow-ner", "wnut17", "multiconer2", "few-nerd-mentions",
    }  # fmt: skip
    assert not CORPORA["few-nerd-mentions"].seen().labels


def test_what_is_kept_for_a_last_look_has_the_words_that_it_is_measured_with():
    seen = CORPORA["multiconer2"].seen()
    assert seen.labels["CarManufacturer"] == ("car manufacturer",)
    assert seen.labels.keys() == words.MULTICONER2.keys()
    assert not {"Politician", "Scientist"} & CORPORA["multiconer2"].labels.keys()
