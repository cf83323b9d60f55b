"""Reading corpora as sources: what is given and what is not."""

import pytest

from hybrid.errors import InvalidFile, InvalidInput
from hybrid.training.corpora import FEW_NERD
from hybrid.training.sources import Example, TypedSpan, open_corpus


def surfaces(example: Example) -> list[str]:
    return [example.text[span.start : span.end] for span in example.spans]


def test_labels_that_are_left_out_are_never_given(corpora):
    source = open_corpus("few-nerd", corpora / "few-nerd")
    given = [surface for example in source.examples() for surface in surfaces(example)]
    assert "Gorch Fock" in given
    assert not {"Angela Merkel", "Harvard", "Nobel Prize"} & set(given)
    keys = {key for example in source.examples() for span in example.spans for key in span.types}
    assert keys <= set(source.types)


def test_a_sentence_whose_labels_are_all_left_out_is_not_given(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("Bonn\tlocation-GPE\n\nEtna\tlocation-mountain\n")
    assert [example.text for example in open_corpus("few-nerd", path).examples()] == ["Etna"]


def test_texts_of_dev_are_not_given(corpora):
    text = "Sicily lies below Stromboli ."
    assert any(example.text == text for example in open_corpus("few-nerd", corpora / "few-nerd").examples())
    source = open_corpus("few-nerd", corpora / "few-nerd", without=[text])
    assert not any(example.text == text for example in source.examples())
    assert not any(sentence.text == text for sentence in source.sentences())


def test_two_labels_of_one_span_are_one_mention_of_two_types(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("Etna\tlocation-mountain\n\nEtna\tlocation-island\n\nEtna\tlocation-GPE\n")
    assert list(open_corpus("few-nerd", path).examples()) == [
        Example("Etna", (TypedSpan(0, 4, ("location-island", "location-mountain")),))
    ]


def test_a_folder_is_searched_for_the_usual_names(corpora):
    assert open_corpus("few-nerd", corpora / "few-nerd").path.name == FEW_NERD.files[0]
    assert open_corpus("few-nerd-mentions", corpora / "few-nerd").path.name == "all-mentions.txt"


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidFile, match=r"expected a file of few-nerd, or a folder with inter-train-sample\.txt"):
        open_corpus("few-nerd", tmp_path)
    with pytest.raises(InvalidInput, match="no corpus is called 'ontonotes'; known are few-nerd"):
        open_corpus("ontonotes", tmp_path)


def test_a_label_that_the_corpus_is_not_known_to_have_is_an_error(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("Etna\tlocation-volcano\n")
    with pytest.raises(InvalidFile, match=r"corpus\.txt: has the label 'location-volcano'"):
        list(open_corpus("few-nerd", path).examples())
