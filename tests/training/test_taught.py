"""Which types taught a bundle: what its manifest lists, or what its corpora are known to hold."""

import pytest

from hybrid.errors import BundleError
from hybrid.evaluation.zero_shot import TrainedType, digest
from hybrid.training.corpora import FEW_NERD, STACKOVERFLOW_NER
from hybrid.training.sources import LabelledCorpus
from hybrid.training.sources.synthetic import Synthetic
from hybrid.training.sources.wordnet import WordNetNouns
from hybrid.training.taught import describe_types, trained_types


def test_what_is_described_is_what_is_read(tmp_path):
    types = describe_types([LabelledCorpus(FEW_NERD, tmp_path)])
    found = trained_types("made", {"types": types})
    assert TrainedType("few-nerd", "art-film", ("film", "movie")) in found
    assert {one.label for one in found} == set(FEW_NERD.labels)


def test_a_bundle_without_a_list_has_the_types_of_its_corpora():
    found = trained_types("made", {"shares": {"few-nerd": {}, "stackoverflow-ner": {}}})
    assert [one.source for one in found].count("few-nerd") == len(FEW_NERD.labels)
    assert {one.label for one in found} == FEW_NERD.labels.keys() | STACKOVERFLOW_NER.labels.keys()


def test_of_a_wide_source_names_are_told_by_digests_alone(nouns):
    told = describe_types([WordNetNouns(nouns)])["wordnet"]
    assert digest(["volcano"]) in told
    assert "volcano" not in str(told)
    (one,) = trained_types("made", {"types": {"wordnet": told}})
    assert one == TrainedType("wordnet", "", (), labelled=False, digests=frozenset(told))


def test_types_of_synthetic_texts_count_as_labelled(tmp_path):
    (tmp_path / "made.txt").write_text("[A|city] [B|city] [C|city]", encoding="utf-8")
    types = describe_types([Synthetic(tmp_path)])
    assert trained_types("made", {"types": types}) == (TrainedType("synthetic", "city", ("city",)),)


def test_a_source_that_is_no_labelled_corpus_is_wide():
    (one,) = trained_types("made", {"types": {"wordnet": {"river.n.01": ["river"]}}})
    assert one == TrainedType("wordnet", "river.n.01", ("river",), labelled=False)


@pytest.mark.parametrize("training", [None, {}, {"types": {}}, {"shares": {}}])
def test_a_bundle_that_tells_nothing_is_an_error(training):
    with pytest.raises(BundleError, match="bundle made does not say what it was trained on"):
        trained_types("made", training)


@pytest.mark.parametrize(
    ("training", "says"),
    [
        ({"shares": {"unheard-of": {}}}, "trained on unheard-of, whose types are not known"),
        ({"types": ["film"]}, "not source to label to names"),
        ({"types": {"few-nerd": ["film"]}}, "not source to label to names"),
    ],
)
def test_what_cannot_be_read_is_said(training, says):
    with pytest.raises(BundleError, match=says):
        trained_types("made", training)
