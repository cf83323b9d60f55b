"""Features that are kept: the same ones, without a second pass."""

from dataclasses import replace

import numpy as np
import pytest

from hybrid.encoding.features import FeatureReader
from hybrid.errors import EncoderError, InvalidFile
from hybrid.training.recipes import MINILM
from hybrid.training.remembering import RememberingReader

TEXTS, SPANS = ["Etna smokes 🌋", "", "The Titanic met עמק"], [[(0, 4)], [], [(4, 11), (11, 12), (16, 19)]]


class Counting(FeatureReader):
    """A real reader that counts what it is asked."""

    def __init__(self, reader):
        super().__init__(reader.backbone, reader.tokenizer, reader.setup)
        self.asked = 0

    def read(self, *arguments, **options):
        self.asked += 1
        return super().read(*arguments, **options)


@pytest.fixture
def counting(minilm_reader):
    return Counting(minilm_reader)


def same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.mentions == other.mentions
        assert np.array_equal(one.mention_features, other.mention_features)


def test_what_was_read_is_given_again_without_a_pass(minilm_reader, counting, tmp_path):
    expected, types = minilm_reader.read(TEXTS, SPANS), minilm_reader.types(["ship", "火山"])
    assert len(expected[2].mentions) == 2  # a span of white space meets no token
    for _ in range(2):
        reader = RememberingReader(counting, MINILM.backbone, tmp_path / "cache" / "deep")
        same(reader.read(TEXTS, SPANS), expected)
        assert np.array_equal(reader.types(["ship", "火山"]), types)
    assert counting.asked == 2  # the texts, and the types


def test_another_request_or_another_backbone_is_read_anew(counting, tmp_path):
    RememberingReader(counting, MINILM.backbone, tmp_path).read(TEXTS, SPANS)
    RememberingReader(counting, MINILM.backbone, tmp_path).read(TEXTS[:1], SPANS[:1])
    RememberingReader(counting, replace(MINILM.backbone, sha256="0" * 64), tmp_path).read(TEXTS, SPANS)
    assert counting.asked == 3


def test_a_detector_moves_no_feature(counting, tmp_path):
    RememberingReader(counting, MINILM.backbone, tmp_path).read(TEXTS, SPANS)
    counting.setup = replace(counting.setup, detector=None)
    RememberingReader(counting, MINILM.backbone, tmp_path).read(TEXTS, SPANS)
    assert counting.asked == 1


def test_a_damaged_file_is_read_anew(minilm_reader, counting, tmp_path):
    expected = minilm_reader.read(TEXTS, SPANS)
    for content in (None, b"", b"PK\x03\x04 cut off", b"no archive"):
        for file in tmp_path.iterdir() if content is not None else ():
            file.write_bytes(content)
        same(RememberingReader(counting, MINILM.backbone, tmp_path).read(TEXTS, SPANS), expected)
    assert counting.asked == 4
    assert len(list(tmp_path.iterdir())) == 1


def test_what_is_not_kept_is_asked_of_the_reader(counting, tmp_path):
    reader = RememberingReader(counting, MINILM.backbone, tmp_path)
    (found,) = reader.read(TEXTS[:1], SPANS[:1], tokens=True)
    assert len(found.tokens) == 1
    assert found.passage_vectors is not None
    assert not list(tmp_path.iterdir())


def test_errors_are_the_readers(counting, tmp_path):
    reader = RememberingReader(counting, MINILM.backbone, tmp_path)
    with pytest.raises(EncoderError, match="text 0"):
        reader.read(["Etna"], [[(0, 99)]])
    with pytest.raises(EncoderError, match="text 1"):
        reader.types(["ship", ""])
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidFile, match="expected a folder"):
        RememberingReader(counting, MINILM.backbone, tmp_path / "file")
