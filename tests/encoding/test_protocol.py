"""What every encoder promises, asked of each encoder: the fake one and a real MiniLM under random heads."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybrid.documents import Encoding, Float32
from hybrid.encoding.local import LocalEncoder
from hybrid.encoding.protocol import Dimensions, Encoder
from hybrid.errors import EncoderError
from hybrid.testing import FakeEncoder

TEXTS = [
    "Michelin opened a plant in Nova Scotia.",
    "🦕 T. rex 🦖 lived in Montana 👩‍👩‍👧‍👦, said Émile.",
    "גרטה תונברג נאמה בשטוקהולם.",
    "القاهرة عاصمة مصر",
    "東京は日本の首都です。株式会社トヨタ",
    "नई दिल्ली भारत की राजधानी है",
    "Paris",
    "a\u0301 combining\u200b and zero\ufeff width",
    "!!! ... ???",
    " \t\n ",
    "",
    "Ada Lovelace met Charles Babbage in London. " * 12,
    "nospaces" * 40,
]
WITH_TOKENS = [text for text in TEXTS if any(character.isalnum() for character in text)]


@pytest.fixture(params=["fake", "minilm"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    chosen: Encoder = FakeEncoder() if request.param == "fake" else request.getfixturevalue("minilm")
    return chosen


def assert_units(vectors: Float32, count: int, width: int) -> None:
    assert isinstance(vectors, np.ndarray)
    assert vectors.dtype == np.float32
    assert vectors.shape == (count, width)
    assert vectors.flags.c_contiguous
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def assert_near(a: Encoding, b: Encoding) -> None:
    assert (a.passages, a.refused) == (b.passages, b.refused)
    assert [(m.start, m.end) for m in a.mentions] == [(m.start, m.end) for m in b.mentions]
    np.testing.assert_allclose(a.mention_vectors, b.mention_vectors, atol=1e-5)
    assert (a.passage_vectors is None) == (b.passage_vectors is None)
    if a.passage_vectors is not None and b.passage_vectors is not None:
        np.testing.assert_allclose(a.passage_vectors, b.passage_vectors, atol=1e-5)


def test_it_says_what_it_is(encoder: Encoder) -> None:
    assert encoder.name
    assert encoder.fingerprint
    assert encoder.how == "typed" or "(" in encoder.how
    assert isinstance(encoder.dimensions, Dimensions)


def test_encodings_come_in_order_with_unit_vectors(encoder: Encoder) -> None:
    encodings = encoder.encode(TEXTS)
    assert len(encodings) == len(TEXTS)
    width = encoder.dimensions
    for text, encoding in zip(TEXTS, encodings, strict=True):
        assert_units(encoding.mention_vectors, len(encoding.mentions), width.mention)
        assert width.passage is not None
        assert encoding.passage_vectors is not None
        assert_units(encoding.passage_vectors, len(encoding.passages), width.passage)
        assert all(0 <= passage.start < passage.end <= len(text) for passage in encoding.passages)
        assert encoding.refused == ()


def test_detected_mentions_lie_in_the_text_in_order(encoder: Encoder) -> None:
    encodings = encoder.encode(TEXTS)
    assert sum(len(encoding.mentions) for encoding in encodings) > 5
    for text, encoding in zip(TEXTS, encodings, strict=True):
        at = 0
        for mention in encoding.mentions:
            assert at <= mention.start < mention.end <= len(text)
            assert text[mention.start : mention.end].strip() == text[mention.start : mention.end] != ""
            assert mention.score is not None
            assert 0 <= mention.score <= 1
            at = mention.end


def test_given_spans_are_taken_as_they_are(encoder: Encoder) -> None:
    text = TEXTS[1]
    spans = [(2, 8), (0, len(text)), (20, 27), (2, 8), (7, 12)]
    encoding = encoder.encode([text], [spans])[0]
    assert [(mention.start, mention.end) for mention in encoding.mentions] == spans
    assert all(mention.score is None for mention in encoding.mentions)
    assert_units(encoding.mention_vectors, len(spans), encoder.dimensions.mention)
    np.testing.assert_array_equal(encoding.mention_vectors[0], encoding.mention_vectors[3])


def test_a_span_that_meets_no_token_is_reported_and_has_no_vector(encoder: Encoder) -> None:
    text = "Nova   Scotia"
    encoding = encoder.encode([text], [[(0, 4), (4, 7), (7, 13)]])[0]
    assert [(mention.start, mention.end) for mention in encoding.mentions] == [(0, 4), (7, 13)]
    assert [(refusal.start, refusal.end) for refusal in encoding.refused] == [(4, 7)]
    assert encoding.refused[0].reason
    assert len(encoding.mention_vectors) == 2


def test_given_and_detected_mix_in_one_call(encoder: Encoder) -> None:
    encodings = encoder.encode([TEXTS[0], TEXTS[0], TEXTS[0]], [None, [], [(0, 8)]])
    assert encodings[0].mentions
    assert encodings[1].mentions == ()
    assert encodings[1].mention_vectors.shape == (0, encoder.dimensions.mention)
    assert [(mention.start, mention.end) for mention in encodings[2].mentions] == [(0, 8)]


def test_nothing_in_nothing_out(encoder: Encoder) -> None:
    assert encoder.encode([]) == []
    assert encoder.encode([], []) == []
    assert encoder.encode_types([]).shape == (0, encoder.dimensions.mention)
    assert encoder.encode_passages([]).shape == (0, encoder.dimensions.passage)
    assert encoder.encode_queries([]).shape == (0, encoder.dimensions.passage)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(range(len(TEXTS))), min_size=1, max_size=8))
def test_the_make_up_of_a_batch_does_not_move_a_vector(encoder: Encoder, chosen: list[int]) -> None:
    alone = {place: encoder.encode([TEXTS[place]], [[(0, 4)] if TEXTS[place] else []])[0] for place in set(chosen)}
    spans = [[(0, 4)] if TEXTS[place] else [] for place in chosen]
    together = encoder.encode([TEXTS[place] for place in chosen], spans)
    for place, encoding in zip(chosen, together, strict=True):
        assert_near(encoding, alone[place])


@pytest.mark.parametrize("method", ["encode_types", "encode_passages", "encode_queries"])
def test_rows_stand_for_their_texts(encoder: Encoder, method: str) -> None:
    encode: Callable[[list[str]], Float32] = getattr(encoder, method)
    width = encoder.dimensions.mention if method == "encode_types" else encoder.dimensions.passage
    assert width is not None
    together = encode(WITH_TOKENS)
    assert_units(together, len(WITH_TOKENS), width)
    backwards = encode(WITH_TOKENS[::-1])[::-1]
    np.testing.assert_allclose(together, backwards, atol=1e-5)
    np.testing.assert_allclose(encode(WITH_TOKENS[3:4])[0], together[3], atol=1e-5)


def test_a_passage_that_fits_a_window_is_the_text(encoder: Encoder) -> None:
    encoding = encoder.encode([TEXTS[0]], [[]])[0]
    assert [(passage.start, passage.end) for passage in encoding.passages] == [(0, len(TEXTS[0]))]
    assert encoding.passage_vectors is not None
    np.testing.assert_allclose(encoding.passage_vectors, encoder.encode_passages([TEXTS[0]]), atol=1e-5)


BAD_SPANS = [(-1, 3), (3, 3), (5, 3), (0, 40), (39, 40)]


@pytest.mark.parametrize("span", BAD_SPANS)
def test_a_span_outside_its_text_is_an_error_with_the_texts_position(encoder: Encoder, span: tuple[int, int]) -> None:
    with pytest.raises(EncoderError, match=r"text 2 of the input: the span .* does not lie within") as caught:
        encoder.encode([TEXTS[0]] * 3, [[(0, 8)], None, [(0, 8), span]])
    assert caught.value.position == 2


def test_spans_for_another_number_of_texts_are_an_error(encoder: Encoder) -> None:
    with pytest.raises(EncoderError, match="1 lists of spans for 2 texts"):
        encoder.encode(TEXTS[:2], [None])


@pytest.mark.parametrize("method", ["encode", "encode_types", "encode_passages", "encode_queries"])
@pytest.mark.parametrize(
    ("bad", "message"), [("ab\ud83d c", "offset 2 is half of a surrogate pair"), (7, "must be a string, found int")]
)
def test_what_is_no_text_is_an_error_with_its_position(encoder: Encoder, method: str, bad: Any, message: str) -> None:
    with pytest.raises(EncoderError, match=message) as caught:
        getattr(encoder, method)(["fine", bad, "fine"])
    assert caught.value.position == 1


@pytest.mark.parametrize("method", ["encode_types", "encode_passages", "encode_queries"])
def test_one_string_is_not_a_list_of_texts(encoder: Encoder, method: str) -> None:
    with pytest.raises(EncoderError, match="found one string"):
        getattr(encoder, method)("Paris")


@pytest.mark.parametrize("method", ["encode_passages", "encode_queries"])
def test_a_text_without_a_token_has_no_vector(encoder: Encoder, method: str) -> None:
    with pytest.raises(EncoderError) as caught:
        getattr(encoder, method)(["fine", "\u200b \n"])
    assert caught.value.position == 1


def test_threads_do_not_mix_their_texts(encoder: Encoder) -> None:
    from concurrent.futures import ThreadPoolExecutor

    spans = [[(0, 4)]]
    expected = [encoder.encode([text], spans)[0] for text in WITH_TOKENS]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: encoder.encode([text], spans)[0], WITH_TOKENS))
    for a, b in zip(expected, found, strict=True):
        assert_near(a, b)


def test_both_are_encoders(minilm: LocalEncoder) -> None:
    encoders: list[Encoder] = [FakeEncoder(), minilm]
    assert len({encoder.fingerprint for encoder in encoders}) == 2


def test_without_a_passage_vector_there_is_no_dense_leg() -> None:
    assert Dimensions(8, 4).legs == ("typed", "dense", "lexical")
    assert Dimensions(8, None).legs == ("typed", "lexical")
