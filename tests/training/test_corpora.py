"""Which labels are trained, under which words, and which never are."""

import pytest

from hybrid.training.corpora import CATCH_ALL, CORPORA, DEV_TYPE, FEW_NERD, STACKOVERFLOW_NER

# What the DEV tasks ask for, in words; hybrid.evaluation.dev reads the same from the corpora's folder.
ASKED = frozenset(
    """library, park, painting, chemical substance, game, religious organization, performing group, train, currency,
    scholar, person, politician, country, election, event, political party, location, organisation,
    astronomical object, protein, chemical element, theory, academic journal, discipline, enzyme, chemical compound,
    university, scientist, award, corporation, group, creative work, product""".replace("\n    ", " ").split(", ")
)


def test_the_labels_that_are_dev_types_under_another_name_are_left_out():
    assert {label for label, why in FEW_NERD.left_out.items() if why == DEV_TYPE} == {
        "person-politician", "other-award", "location-GPE", "organization-education", "other-biologything",
        "other-astronomything", "organization-company",
    }  # fmt: skip
    assert {label for label, why in STACKOVERFLOW_NER.left_out.items() if why == DEV_TYPE} == {
        "Library",
        "Organization",
    }


def test_catch_alls_are_left_out():
    for corpus in CORPORA.values():
        assert not any(label.endswith("-other") for label in corpus.labels)
    assert {label for label, why in FEW_NERD.left_out.items() if why == CATCH_ALL} == {
        "art-other", "organization-other", "product-other",
    }  # fmt: skip


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=lambda corpus: corpus.name)
def test_no_type_is_trained_under_a_word_that_dev_asks(corpus):
    words = {name.lower() for names in corpus.labels.values() for name in names}
    assert not words & ASKED


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=lambda corpus: corpus.name)
def test_a_corpus_says_where_it_is_published_and_its_licence(corpus):
    assert corpus.published.startswith("https://")
    assert corpus.licence
    assert corpus.citation
    assert not corpus.labels.keys() & corpus.left_out.keys()


def test_what_is_kept_unseen_is_not_there():
    assert set(CORPORA) == {"few-nerd", "stackoverflow-ner", "few-nerd-mentions"}
    assert not CORPORA["few-nerd-mentions"].labels
