"""How detectors are named."""

import pytest

from hybrid.encoding.detectors.factory import open_detector
from hybrid.encoding.detectors.notation import DetectorName, parse_detector
from hybrid.errors import BundleError, InvalidInput, MissingExtra


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bundle:minilm", DetectorName("bundle", "minilm")),
        (" hf:dslim/bert-base-NER@main ", DetectorName("hf", "dslim/bert-base-NER@main")),
        ("hf:package:some-model(threshold=.2)", DetectorName("hf", "package:some-model", (), 0.2)),
        ("gliner:a/b(person, river,person)", DetectorName("gliner", "a/b", ("person", "river"))),
        ("gliner:a/b(tyre maker, threshold=1)", DetectorName("gliner", "a/b", ("tyre maker",), 1.0)),
        ("spacy:./a b", DetectorName("spacy", "./a b")),
    ],
)
def test_a_name_has_parts(text, name):
    assert parse_detector(text) == name


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("minilm", "'minilm' names no detector; expected KIND:MODEL"),
        ("bundle:", "names no detector"),
        ("gliner:a(b", "names no detector"),
        ("gliner:a()", "has '' in brackets; expected labels and threshold=.5"),
        ("gliner:a(b,,c)", "has '' in brackets"),
        ("gliner:a(size=3)", "has 'size=3' in brackets"),
        ("gliner:a(threshold=high)", "has the threshold 'high'; expected a number from 0 to 1"),
        ("gliner:a(threshold=1.5)", "has the threshold '1.5'"),
        ("gliner:a(threshold=nan)", "has the threshold 'nan'"),
        ("flair:ner", "no detector is called 'flair:ner'; known are bundle:MODEL, hf:MODEL, gliner:MODEL, spacy:MODEL"),
        ("bundle:minilm(river)", "names labels, which gliner alone takes"),
        ("hf:m(river)", "names labels"),
        ("spacy:en(river)", "names labels"),
        ("spacy:en(threshold=.5)", "has a threshold, but spaCy's entities have no scores"),
    ],
)
def test_what_is_no_detector_is_refused(text, sentence):
    with pytest.raises(InvalidInput) as error:
        open_detector(text)
    assert sentence in str(error.value)


@pytest.mark.parametrize("text", ["bundle:nobody", "hf:folder:nowhere", "spacy:nobody"])
def test_a_model_that_is_not_there_is_said_at_once(text):
    with pytest.raises(BundleError):
        open_detector(text)


@pytest.mark.parametrize(
    ("text", "package", "extra"),
    [
        ("bundle:minilm", "torch", "local"),
        ("hf:minilm", "transformers", "local"),
        ("gliner:a/b", "gliner", "gliner"),
        ("spacy:en_core_web_sm", "spacy", "spacy"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(text, package, extra, monkeypatch):
    monkeypatch.setattr("hybrid.encoding.extras.find_spec", lambda name: None if name == package else object())
    with pytest.raises(MissingExtra) as error:
        open_detector(text)
    assert error.value.extra == extra
