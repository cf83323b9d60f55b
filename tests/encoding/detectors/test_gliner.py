"""Pieces of long texts for GLiNER. The model itself is tried where the package can be installed beside the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.documents import Mention
from hybrid.encoding.detectors.gliner import detect_in_pieces, pieces


def test_a_text_is_cut_at_words_that_neighbours_share():
    text = "a bb c, dd e"
    assert [text[start:end] for start, end in pieces(text, words=3, overlap=1)] == ["a bb c", "c, dd", "dd e"]
    assert [text[start:end] for start, end in pieces(text, words=6, overlap=1)] == [text]
    assert list(pieces(" \n", words=3, overlap=1)) == []


@given(
    st.lists(st.sampled_from(["a", "bcd", "é", "🦕", "東京", ",", "x-y"]), max_size=30), st.integers(2, 6), st.data()
)
def test_pieces_cover_every_word_and_are_short(words, size, data):
    overlap = data.draw(st.integers(0, size - 1))
    text = " ".join(words)
    cut = list(pieces(text, words=size, overlap=overlap))
    assert all(len(text[start:end].split()) <= size for start, end in cut)
    covered = {place for start, end in cut for place in range(start, end)}
    assert all(place in covered or text[place] == " " for place in range(len(text)))


@pytest.mark.parametrize("count", [1, 300])
def test_mentions_are_told_once_at_their_place_in_the_text(count):
    text = "Ada " + "and " * count + "🦕 Bo"

    def predict(texts):
        return [
            [
                {"start": place, "end": place + len(name), "score": 0.5 + len(piece) / 1e4, "label": "person"}
                for name in ("Ada", "Bo")
                for place in [piece.find(name)]
                if place >= 0
            ]
            for piece in texts
        ]

    [found, nothing] = detect_in_pieces([text, ""], predict)
    assert [text[mention.start : mention.end] for mention in found] == ["Ada", "Bo"]
    assert nothing == ()


def test_of_a_span_that_several_pieces_tell_the_best_score_counts():
    text = "and " * 170 + "Ada " + "and " * 170

    def predict(texts):
        return [
            [{"start": piece.index("Ada"), "end": piece.index("Ada") + 3, "score": len(piece) / 1e3}]
            for piece in texts
            if "Ada" in piece
        ]

    assert len(list(pieces(text))) == 2
    [found] = detect_in_pieces([text], predict)
    [first, second] = [end - start for start, end in pieces(text)]
    assert found == (Mention(680, 683, score=max(first, second) / 1e3),)
