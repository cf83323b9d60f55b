"""Logits to mentions, spans to labels, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pieces import pieces

from hybrid.documents import Mention
from hybrid.encoding.detection import (
    BEGIN,
    IGNORED,
    INSIDE,
    OUTSIDE,
    TAGS,
    decode,
    labels_of,
    softmax,
    trim,
)


def logits_of(labels: np.ndarray, strength: float = 8.0) -> np.ndarray:
    """A tagger that is sure of these labels; what is IGNORED points the wrong way, since nothing may read it."""
    out = np.zeros((len(labels), len(TAGS)), np.float32)
    for row, label in zip(out, labels, strict=True):
        row[INSIDE if label == IGNORED else label] = strength
    return out


def found(mentions: list[Mention], text: str) -> list[str]:
    return [text[mention.start : mention.end] for mention in mentions]


TEXT = "Michelin opened a plant in Nova Scotia."
TOKENS = pieces("", "Miche", "lin", "opened", "a", "plant", "in", "Nova", "Scot", "ia", ".", "", text=TEXT)


def test_the_first_token_of_a_word_carries_its_label() -> None:
    labels = labels_of(*TOKENS, TEXT, [(0, 8), (27, 38)])
    o, b, i, x = OUTSIDE, BEGIN, INSIDE, IGNORED
    assert labels.tolist() == [x, b, x, o, o, o, o, b, i, x, o, x]


def test_labels_decode_to_the_spans_they_came_from() -> None:
    spans = [(0, 8), (27, 38)]
    mentions = decode(logits_of(labels_of(*TOKENS, TEXT, spans)), *TOKENS, TEXT, 0.5)
    assert [(mention.start, mention.end) for mention in mentions] == spans
    assert all(mention.score is not None and mention.score > 0.99 for mention in mentions)


def test_the_threshold_decides_not_the_likeliest_tag() -> None:
    logits = np.log(np.array([[0.6, 0.3, 0.1]] * len(TOKENS[0]), np.float32))
    assert decode(logits, *TOKENS, TEXT, 0.41) == []
    mentions = decode(logits, *TOKENS, TEXT, 0.4 - 1e-6)
    assert found(mentions, TEXT) == ["Michelin", "opened", "a", "plant", "in", "Nova", "Scotia"]
    assert all(mention.score == pytest.approx(0.4, abs=1e-6) for mention in mentions)


def test_a_score_is_the_mean_over_the_words() -> None:
    text = "Nova Scotia"
    tokens = pieces("Nova", "Scotia", text=text)
    logits = np.log(np.array([[0.1, 0.8, 0.1], [0.5, 0.1, 0.4]], np.float32))
    assert decode(logits, *tokens, text, 0.3) == [Mention(0, 11, score=pytest.approx(0.7, abs=1e-6))]


def test_begin_parts_mentions_that_touch() -> None:
    text = "Paris Texas"
    tokens = pieces("Paris", "Texas", text=text)
    apart = decode(logits_of(np.array([BEGIN, BEGIN])), *tokens, text, 0.5)
    assert found(apart, text) == ["Paris", "Texas"]
    assert found(decode(logits_of(np.array([BEGIN, INSIDE])), *tokens, text, 0.5), text) == ["Paris Texas"]
    assert found(decode(logits_of(np.array([INSIDE, INSIDE])), *tokens, text, 0.5), text) == ["Paris Texas"]


def test_words_that_are_passed_over_are_in_no_mention() -> None:
    text = "RT @NASA : Saturn https://t.co/x"
    tokens = pieces("RT", "@", "NASA", ":", "Saturn", "https", ":", "/", "/", "t", ".", "co", "/", "x", text=text)
    logits = logits_of(np.full(len(tokens[0]), INSIDE))
    assert found(decode(logits, *tokens, text, 0.5), text) == [text]
    assert found(decode(logits, *tokens, text, 0.5, ["handles"]), text) == ["RT", "Saturn https://t.co/x"]
    assert found(decode(logits, *tokens, text, 0.5, ["addresses", "handles"]), text) == ["RT", "Saturn"]


def test_no_tokens_no_mentions() -> None:
    none = np.zeros(0, np.int64)
    assert decode(np.zeros((0, 3), np.float32), none, none, "", 0.0) == []
    marks = np.array([-1, -1])
    assert decode(np.zeros((2, 3), np.float32), marks, marks, "  ", 0.0) == []
    assert labels_of(marks, marks, "", []).tolist() == [IGNORED, IGNORED]


def test_of_overlapping_spans_the_first_has_the_words() -> None:
    text = "New York City Council"
    tokens = pieces("New", "York", "City", "Council", text=text)
    assert labels_of(*tokens, text, [(0, 13), (9, 21)]).tolist() == [BEGIN, INSIDE, INSIDE, BEGIN]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Michelin", "Michelin"),
        (" Michelin, ", "Michelin"),
        ("“Michelin”", "Michelin"),
        ("'Michelin'", "Michelin"),
        ("(Michelin)", "Michelin"),
        ("Michelin)", "Michelin"),
        ("(Michelin", "Michelin"),
        ("Alphabet (Google)", "Alphabet (Google)"),
        ("Alphabet (Google),", "Alphabet (Google)"),
        ("(Old) Trafford", "(Old) Trafford"),
        ("Apple Inc.", "Apple Inc."),
        ("the U.S.", "the U.S."),
        ("the dinosaur.", "the dinosaur"),
        ("etc ...", "etc"),
        ("C++", "C++"),
        ("C#:", "C#"),
        (".NET", ".NET"),
        ("...and", "and"),
        ("@handle", "@handle"),
        ("— 100% —", "100%"),
        ("नमस्ते", "नमस्ते"),
        ("«Ёлка»", "Ёлка"),
        ("「東京」", "東京"),
        ("שלום.", "שלום."),
        ("...", ""),
        (" \n ", ""),
        ("🦕", ""),
        ("🦕 T. rex 🦖", "T. rex"),
    ],
)
def test_borders_are_trimmed(text: str, kept: str) -> None:
    start, end = trim(text, 0, len(text))
    assert text[start:end] == kept
    inside = f"x {text} y"
    start, end = trim(inside, 2, 2 + len(text))
    assert inside[start:end] == kept


words = st.lists(
    st.text(st.sampled_from("abÉ東あ☃🦕'().-#םא\u0301१ "), min_size=1, max_size=5), min_size=1, max_size=12
)


@given(words, st.data(), st.floats(0, 1))
def test_mentions_lie_in_the_text_in_order_with_a_letter_inside(
    tokens: list[str], data: st.DataObject, threshold: float
) -> None:
    text = " ".join(tokens)
    kept = [token for token in tokens if token.strip()]
    starts, ends = pieces(*kept, text=text)
    numbers = st.lists(st.floats(-20, 20, width=32), min_size=3 * len(kept), max_size=3 * len(kept))
    logits = np.array(data.draw(numbers), np.float32).reshape(-1, 3)
    mentions = decode(logits, starts, ends, text, threshold)
    at = 0
    for mention in mentions:
        assert at <= mention.start < mention.end <= len(text)
        surface = text[mention.start : mention.end]
        assert any(character.isalnum() for character in surface)
        assert surface == surface.strip()
        assert mention.score is not None
        assert threshold - 1e-6 <= mention.score <= 1
        at = mention.end


@given(st.lists(st.sampled_from(["Nova", "Scotia", "x", "東", "A1"]), min_size=1, max_size=10), st.data())
def test_labels_of_whole_words_come_back(tokens: list[str], data: st.DataObject) -> None:
    text = " ".join(tokens)
    starts, ends = pieces(*tokens, text=text)
    borders = sorted(data.draw(st.sets(st.integers(0, len(tokens)), max_size=6)))
    pairs = [(borders[i], borders[i + 1]) for i in range(0, len(borders) - 1, 2)]
    spans = [(int(starts[a]), int(ends[b - 1])) for a, b in pairs]
    labels = labels_of(starts, ends, text, spans)
    mentions = decode(logits_of(labels), starts, ends, text, 0.5)
    assert [(mention.start, mention.end) for mention in mentions] == spans


def test_softmax_is_stable() -> None:
    out = softmax(np.array([[1e4, 0, -1e4], [0, 0, 0]], np.float32))
    np.testing.assert_allclose(out, [[1, 0, 0], [1 / 3] * 3], atol=1e-6)
