"""A bundle's own detector, as a detector among others."""

from dataclasses import replace

import pytest

from hybrid.encoding.bundle import save_bundle
from hybrid.encoding.detectors import open_detector
from hybrid.encoding.factory import load
from hybrid.errors import BundleError, EncoderError

TEXTS = ["🦕 Michelin opened a plant in Nova Scotia.", "", "Pirelli supplied Ferrari."]


def test_it_finds_what_the_encoder_finds():
    detector = open_detector("bundle:minilm")
    assert detector.name == "bundle:minilm"
    found = detector.detect(TEXTS)
    assert found == [encoding.mentions for encoding in load("minilm").encode(TEXTS)]
    assert "Nova Scotia" in [TEXTS[0][mention.start : mention.end] for mention in found[0]]
    assert open_detector("bundle:minilm").detect([]) == []


def test_a_lower_threshold_finds_more():
    few, many = (open_detector(f"bundle:minilm(threshold={threshold})") for threshold in (0.9, 0.05))
    assert sum(map(len, few.detect(TEXTS))) < sum(map(len, many.detect(TEXTS)))


def test_a_bundle_without_a_detector_is_refused(make_bundle, make_manifest, tmp_path):
    heads = replace(make_manifest().heads, detector=None)
    save_bundle(make_bundle(make_manifest(heads=heads)), tmp_path / "small")
    with pytest.raises(BundleError, match="bundle small has no detector"):
        open_detector(f"bundle:{tmp_path / 'small'}")


def test_a_text_that_cannot_be_read_is_named_by_its_place():
    with pytest.raises(EncoderError, match="text 1 of the input"):
        open_detector("bundle:minilm").detect(["a", "\ud800"])
