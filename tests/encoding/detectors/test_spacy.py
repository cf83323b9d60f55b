"""A spaCy pipeline, as it lies on disk."""

from pathlib import Path

import pytest

from hybrid.documents import Mention
from hybrid.encoding.detectors import open_detector
from hybrid.errors import BundleError


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import spacy

    made = spacy.blank("en")
    ruler = made.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "GPE", "pattern": "Nova Scotia"}, {"label": "ORG", "pattern": "Michelin"}])
    folder = tmp_path_factory.mktemp("pipeline")
    made.to_disk(folder)
    return folder


def test_it_finds_the_pipelines_entities_in_code_points(pipeline):
    detector = open_detector(f"spacy:{pipeline}")
    assert detector.name == f"spacy:{pipeline}"
    assert detector.detect(["🦕 Michelin left Nova Scotia.", "", "nothing"]) == [
        (Mention(2, 10), Mention(16, 27)), (), (),
    ]  # fmt: skip


def test_a_folder_that_is_no_pipeline_is_refused(tmp_path):
    with pytest.raises(BundleError, match="cannot be loaded by spaCy"):
        open_detector(f"spacy:{tmp_path}")
