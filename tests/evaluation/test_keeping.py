"""A text is read once for each way that its mentions are given."""

import numpy as np

from hybrid.evaluation.keeping import KeepingEncoder
from hybrid.testing.fake_encoder import FakeEncoder


class Counting(FakeEncoder):
    """Counts the texts that it is given."""

    read = 0

    def encode(self, texts, spans=None):
        self.read += len(texts)
        return super().encode(texts, spans)


def test_encodings_are_the_encoders_and_are_made_once():
    counting, memory = Counting(), {}
    texts = ["Etna smokes", "", "Etna smokes", "🌋 Hekla"]
    for _ in range(2):
        found = KeepingEncoder(counting, memory).encode(texts)
        for one, expected in zip(found, FakeEncoder().encode(texts), strict=True):
            assert one.mentions == expected.mentions
            np.testing.assert_array_equal(one.mention_vectors, expected.mention_vectors)
    assert counting.read == 3


def test_other_spans_are_another_encoding():
    counting = Counting()
    encoder = KeepingEncoder(counting, {})
    for spans in ([(0, 4)], [(0, 4), (5, 11)], None, []):
        (found,) = encoder.encode(["Etna smokes"], [spans])
        (expected,) = FakeEncoder().encode(["Etna smokes"], [spans])
        assert found.mentions == expected.mentions
    assert counting.read == 4


def test_all_else_is_the_encoders():
    encoder, own = KeepingEncoder(FakeEncoder(), {}), FakeEncoder()
    for name in ("name", "fingerprint", "dimensions", "how", "calibration"):
        assert getattr(encoder, name) == getattr(own, name)
    np.testing.assert_array_equal(encoder.encode_types(["ship"]), own.encode_types(["ship"]))
    np.testing.assert_array_equal(encoder.encode_passages(["ship"]), own.encode_passages(["ship"]))
    np.testing.assert_array_equal(encoder.encode_queries(["ship"]), own.encode_queries(["ship"]))
