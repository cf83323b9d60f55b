"""The fake encoder does what a test needs of it; the protocol itself is asked in tests/encoding/test_protocol.py."""

import subprocess
import sys

import numpy as np
import pytest

from hybrid.errors import EncoderError
from hybrid.testing import FakeEncoder


def surfaces(text: str) -> list[str]:
    encoding = FakeEncoder().encode([text])[0]
    return [text[mention.start : mention.end] for mention in encoding.mentions]


def test_capitalised_words_are_mentions() -> None:
    text = "Michelin opened a plant in Nova Scotia, said Émile Zola; iPhone. 東京 and שלום."
    assert surfaces(text) == ["Michelin", "Nova Scotia", "Émile Zola", "東京", "שלום"]
    assert surfaces("nothing here") == surfaces("") == surfaces("🦕 ...") == []


def test_equal_words_give_near_vectors() -> None:
    encoder = FakeEncoder()
    near = encoder.encode(["Michelin is a tyre maker.", "Paris lies on a river."])
    asked = encoder.encode_types(["tyre maker"])[0]
    scores = [float(encoding.mention_vectors[0] @ asked) for encoding in near]
    assert scores[0] > scores[1] + 0.05
    passages = (
        encoder.encode_passages(["a tyre maker", "the tyre makers", "a river"])
        @ encoder.encode_queries(["tyre maker"])[0]
    )
    assert passages[0] > passages[1] > passages[2] + 0.3


def test_case_does_not_count() -> None:
    encoder = FakeEncoder()
    np.testing.assert_array_equal(encoder.encode_types(["Tyre Maker"]), encoder.encode_types(["tyre maker"]))


def test_long_texts_have_several_passages() -> None:
    encoding = FakeEncoder(window=10).encode(["abcdefghi Bcdefghij    ......  cd"])[0]
    assert [(passage.start, passage.end) for passage in encoding.passages] == [(0, 10), (10, 20), (30, 33)]
    assert [(mention.start, mention.end) for mention in encoding.mentions] == [(10, 19)]


def test_the_fingerprint_follows_what_moves_vectors() -> None:
    prints = {FakeEncoder().fingerprint, FakeEncoder(dimensions=8).fingerprint, FakeEncoder(window=8).fingerprint}
    assert len(prints) == 3
    assert FakeEncoder().fingerprint == FakeEncoder().fingerprint
    assert FakeEncoder(dimensions=8).encode_types(["a"]).shape == (1, 8)


def test_vectors_are_the_same_in_every_process() -> None:
    script = "from hybrid.testing import FakeEncoder; print(FakeEncoder(8).encode_types(['tyre maker']).tolist())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(FakeEncoder(8).encode_types(["tyre maker"]).tolist())


def test_without_passage_vectors_mentions_are_the_same_and_there_is_no_dense_leg() -> None:
    without, encoder = FakeEncoder(passages=False), FakeEncoder()
    text = "Michelin is a tyre maker."
    found, same = without.encode([text])[0], encoder.encode([text])[0]
    assert (found.passages, found.passage_vectors) == (same.passages, None)
    np.testing.assert_array_equal(found.mention_vectors, same.mention_vectors)
    np.testing.assert_array_equal(without.encode_types(["tyre maker"]), encoder.encode_types(["tyre maker"]))
    assert without.dimensions.passage is None
    assert without.fingerprint != encoder.fingerprint
    for encode in (without.encode_passages, without.encode_queries):
        with pytest.raises(EncoderError, match="no passage vector, so there is no dense leg"):
            encode(["tyre maker"])
