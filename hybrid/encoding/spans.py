"""Characters to tokens and back: texts become windows of tokens, spans become ranges of tokens.

Offsets are Unicode code points of the text. A token *meets* a span when they share a character that is not white
space; a token that stands for white space alone, for nothing (inserted by the tokenizer) or for the model's own marks
(CLS, SEP, BOS) meets none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hybrid.encoding.checks import check_texts
from hybrid.errors import EncoderError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

Index = NDArray[np.int64]
_LAST_SPACE = 0x3000  # the highest code point that is white space


@dataclass(frozen=True, slots=True)
class Windows:
    """How long texts are cut: `tokens` a window, the model's own marks among them, `overlap` shared by neighbours."""

    tokens: int = 256
    overlap: int = 64


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A piece of one text that fits the backbone.

    `ids` int64 [t]: token ids with the model's own marks. `starts`, `ends` int64 [t]: the characters of the text each
    token stands for, half-open, white space left out; both -1 for the model's own marks, equal where a token stands for
    no character. `passage`: the characters of the text that the window covers.
    """

    ids: Index
    starts: Index
    ends: Index
    passage: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Where spans are: window int64 [n] (-1: the span meets no token), and tokens `starts:ends` int64 [n] in it."""

    windows: Index
    starts: Index
    ends: Index


def tokenize(texts: Sequence[str], tokenizer: Tokenizer, windows: Windows) -> list[list[Window]]:
    """Cut each text into windows, in order; a text that fits is one window whose passage is the whole text.

    Marks (CLS, SEP, BOS) are added to every window as the tokenizer's own template does. Windows begin and end between
    words where a border is near. A text without any token, under a tokenizer without marks, has no window.
    Raises EncoderError with the text's position for what cannot be tokenized (lone surrogates, not a string).
    """
    before, after = marks(tokenizer)
    room = windows.tokens - len(before) - len(after)
    if not 0 <= windows.overlap < room:
        raise EncoderError(
            f"windows of {windows.tokens} tokens with an overlap of {windows.overlap}: expected an overlap from 0 to "
            f"less than the {room} tokens that {len(before) + len(after)} marks leave"
        )
    out = []
    for text, encoding in zip(texts, _encode(texts, tokenizer), strict=True):
        ids = np.asarray(encoding.ids, dtype=np.int64)
        starts, ends = _trimmed(text, np.asarray(encoding.offsets, dtype=np.int64).reshape(-1, 2))
        cuts = _cuts(starts, ends, room, windows.overlap) if len(ids) + len(before) + len(after) else []
        out.append([_window(ids, starts, ends, cut, before, after, len(text)) for cut in cuts])
    return out


def marks(tokenizer: Tokenizer) -> tuple[Index, Index]:
    """Token ids int64 that the tokenizer's template puts before and after a text."""
    encoding = tokenizer.encode("a")
    special = np.asarray(encoding.special_tokens_mask, dtype=bool)
    ids = np.asarray(encoding.ids, dtype=np.int64)
    content = np.flatnonzero(~special)
    if not len(content):
        raise EncoderError("the tokenizer turns the letter 'a' into no token")
    return ids[: content[0]], ids[content[-1] + 1 :]


def locate(windows: Sequence[Window], spans: Sequence[tuple[int, int]] | Index) -> Located:
    """Find the tokens of spans (n pairs of characters, half-open) of the text that `windows` were cut from.

    A span in several windows is taken from the one where it has most context (the smaller of the numbers of tokens
    before and after it; the text's own ends count as endless context). A span that is longer than a window is taken
    from the window that holds most of its tokens, and cut to it.
    """
    wanted = np.asarray(spans, dtype=np.int64).reshape(-1, 2)
    best = Located(*(np.full(len(wanted), fill, dtype=np.int64) for fill in (-1, 0, 0)))
    best_rank = np.full((len(wanted), 2), -1, dtype=np.int64)
    for number, window in enumerate(windows):
        near = np.flatnonzero((wanted[:, 0] < window.passage[1]) & (wanted[:, 1] > window.passage[0]))
        content = np.flatnonzero(window.ends > window.starts)
        if not len(near) or not len(content):
            continue
        first = np.searchsorted(window.ends[content], wanted[near, 0], side="right")
        last = np.searchsorted(window.starts[content], wanted[near, 1], side="left") - 1
        rank = _rank(first, last, len(content), opens=number == 0, closes=number == len(windows) - 1)
        better = (last >= first) & (
            (rank[:, 0] > best_rank[near, 0]) | ((rank[:, 0] == best_rank[near, 0]) & (rank[:, 1] > best_rank[near, 1]))
        )
        chosen = near[better]
        best_rank[chosen] = rank[better]
        best.windows[chosen] = number
        best.starts[chosen] = content[first[better]]
        best.ends[chosen] = content[last[better]] + 1
    return best


def _rank(first: Index, last: Index, count: int, *, opens: bool, closes: bool) -> Index:
    """Held tokens, then the smaller context: [n, 2], to be compared in this order."""
    endless = np.int64(2**40)
    before = np.where(opens, endless, first)
    after = np.where(closes, endless, count - 1 - last)
    return np.stack([last - first, np.minimum(before, after)], axis=1)


def _encode(texts: Sequence[str], tokenizer: Tokenizer) -> list[Encoding]:
    try:
        return list(tokenizer.encode_batch(list(texts), add_special_tokens=False))
    except (TypeError, ValueError, OverflowError) as error:
        check_texts(texts)
        raise EncoderError(f"the tokenizer refused the texts: {error}") from error


def _trimmed(text: str, offsets: Index) -> tuple[Index, Index]:
    """Offsets without white space at their ends, and never falling from one token to the next."""
    space = _white_space()[np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).clip(max=_LAST_SPACE + 1)]
    at = np.arange(len(text) + 1)
    after = np.minimum.accumulate(np.append(np.where(space, len(text), at[:-1]), len(text))[::-1])[::-1]
    before = np.maximum.accumulate(np.append(0, np.where(space, 0, at[1:])))
    starts = np.minimum(after[offsets[:, 0]], offsets[:, 1])
    ends = np.maximum(before[offsets[:, 1]], starts)
    content = np.flatnonzero(ends > starts)
    # Normalisation may reorder combining marks; spans are found by bisection, which needs an order.
    starts[content] = np.minimum.accumulate(starts[content][::-1])[::-1]
    ends[content] = np.maximum.accumulate(ends[content])
    return starts, ends


@cache
def _white_space() -> NDArray[np.bool_]:
    return np.array([chr(point).isspace() for point in range(_LAST_SPACE + 2)], dtype=bool)


def _cuts(starts: Index, ends: Index, room: int, overlap: int) -> list[tuple[int, int]]:
    """Token ranges of at most `room` tokens; each begins about `overlap` tokens before the last one's end.

    Borders move back by up to 16 tokens to where white space stands between two tokens.
    """
    count = len(starts)
    slack = min(16, (room - overlap - 1) // 2)
    gaps = np.append(np.flatnonzero(starts[1:] > ends[:-1]) + 1, count)
    cuts: list[tuple[int, int]] = []
    at = 0
    while True:
        end = at + room
        if end >= count:
            return [*cuts, (at, count)]
        end = _back(gaps, end, slack)
        cuts.append((at, end))
        at = _back(gaps, end - overlap, slack)


def _back(gaps: Index, at: int, slack: int) -> int:
    """The last gap between words at or before a token, if it is at most `slack` tokens away."""
    found = int(gaps[max(int(np.searchsorted(gaps, at, side="right")) - 1, 0)])
    return found if at - slack <= found <= at else at


def _window(
    ids: Index, starts: Index, ends: Index, cut: tuple[int, int], before: Index, after: Index, length: int
) -> Window:
    at, end = cut
    none = np.full(len(before), -1), np.full(len(after), -1)
    passage = (int(starts[at]) if at else 0, int(ends[end - 1]) if end < len(ids) else length)
    return Window(
        np.concatenate([before, ids[at:end], after]),
        np.concatenate([none[0], starts[at:end], none[1]]),
        np.concatenate([none[0], ends[at:end], none[1]]),
        passage,
    )
