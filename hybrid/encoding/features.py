"""Texts and spans to features, before any head: the one reading that encoding and training share.

One pass of the backbone over each window gives the taps pooled over spans, the passage vector, and, where the caller
brings a detector, the spans themselves. A mention's features are its taps side by side; the tap `passage` is the vector
of the window in which the mention stands, pooled as the setup says and not normalised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import Float32, Mention, Passage, Refusal
from hybrid.encoding.backbone import Backbone
from hybrid.encoding.batching import collate, length_sorted_batches
from hybrid.encoding.checks import Span, check_spans, check_texts
from hybrid.encoding.detection import Detector
from hybrid.encoding.manifest import Setup
from hybrid.encoding.overlapping import placed, without_overlaps
from hybrid.encoding.pooling import pool
from hybrid.encoding.spans import Window, locate, tokenize
from hybrid.encoding.taps import State
from hybrid.errors import EncoderError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BATCH_TOKENS = 4096
NO_TOKEN = "no token of the text lies within the span"

Index: TypeAlias = NDArray[np.int64]
States: TypeAlias = Mapping[State, Float32]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What one text became before any head.

    `mentions` are the spans that got features, in the order given (detected ones by start), `mention_features` float32
    [m, sum of the taps' widths]; `refused` are given spans that meet no token. `passages` are the windows that hold a
    token, `passage_vectors` float32 [p, D] theirs, or None without a passage vector. Neither is normalised.
    `windows` and `tokens` (float32 [t, width] each, the detector's state) are filled where `tokens=True` was asked for.
    """

    passages: tuple[Passage, ...]
    passage_vectors: Float32 | None
    mentions: tuple[Mention, ...]
    mention_features: Float32
    refused: tuple[Refusal, ...] = ()
    windows: tuple[Window, ...] = ()
    tokens: tuple[Float32, ...] = ()


@dataclass(slots=True)
class _Text:
    """A text on its way: windows that hold a token, spans by window, and what came back for them."""

    text: str
    windows: list[Window]
    detected: bool  # whether its mentions are to be found
    wanted: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)  # window: (place, first, end token)
    mentions: list[Mention] = field(default_factory=list)
    contexts: list[int] = field(default_factory=list)
    rows: dict[int, Float32] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    passages: dict[int, Float32] = field(default_factory=dict)
    tokens: dict[int, Float32] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Job:
    """One window of a text, to be run."""

    text: _Text
    number: int

    @property
    def window(self) -> Window:
        return self.text.windows[self.number]


class FeatureReader:
    """Reads features with one backbone; safe to share between threads."""

    def __init__(
        self, backbone: Backbone, tokenizer: Tokenizer, setup: Setup, *, batch_tokens: int = BATCH_TOKENS
    ) -> None:
        """`batch_tokens`: tokens a pass with their padding; more is no faster on a CPU and takes memory."""
        self.backbone, self.tokenizer, self.setup = backbone, tokenizer, setup
        self._batch_tokens = batch_tokens
        # Hooks on shared modules would hand one thread's states to another.
        self._lock = Lock()

    @property
    def width(self) -> int:
        """Width of a mention's features: the sum of the taps' widths."""
        return sum(self.backbone.widths[tap.state] for tap in self.setup.taps)

    def read(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[Span] | None] | None = None,
        *,
        detector: Detector | None = None,
        tokens: bool = False,
    ) -> list[Features]:
        """Features of every text, in order; where a text's spans are None, `detector` finds them (None: it has none).

        Raises EncoderError with the text's position for what checks.py refuses; without one where the backbone fails.
        """
        check_texts(texts)
        given = check_spans(texts, spans)
        work = [self._prepare(*pair) for pair in zip(texts, self._windows(texts), given, strict=True)]
        jobs = [_Job(text, number) for text in work for number in range(len(text.windows))]
        lengths = [len(job.window.ids) for job in jobs]
        for batch in length_sorted_batches(lengths, max_tokens=self._batch_tokens):
            self._run([jobs[i] for i in batch], detector, tokens)
        return [self._finish(text, tokens=tokens) for text in work]

    def types(self, types: Sequence[str]) -> Float32:
        """Features of types, each as a text of its own that is one span: float32 [carriers, n, width].

        Raises EncoderError with the type's position where it meets no token. What stands beyond one window is not read.
        """
        check_texts(types)
        texts = [carrier.replace("{type}", words) for carrier in self.setup.carriers for words in types]
        # An empty type is an empty span without its carrier: let it be refused as one that meets no token.
        spans = [[(0, len(text))] if text else [] for text in texts]
        found = self.read(texts, spans)
        for place, features in enumerate(found):
            if not features.mentions:
                raise EncoderError("no token of the type is known to the tokenizer", position=place % len(types))
        rows = [features.mention_features for features in found]
        stacked = np.concatenate(rows) if rows else np.zeros((0, self.width), np.float32)
        return stacked.reshape(len(self.setup.carriers), len(types), self.width)

    def _windows(self, texts: Sequence[str]) -> list[list[Window]]:
        cut = tokenize(texts, self.tokenizer, self.setup.windows)
        return [[window for window in windows if bool((window.ends > window.starts).any())] for windows in cut]

    def _prepare(self, text: str, windows: list[Window], spans: Sequence[Span] | None) -> _Text:
        work = _Text(text, windows, detected=spans is None)
        located = locate(windows, spans or [])
        places = zip(located.windows.tolist(), located.starts.tolist(), located.ends.tolist(), strict=True)
        for (start, end), (window, first, last) in zip(spans or [], places, strict=True):
            if window < 0:
                work.refused.append(Refusal(start, end, NO_TOKEN))
            else:
                work.wanted.setdefault(window, []).append((len(work.mentions), first, last))
                work.mentions.append(Mention(start, end))
        return work

    def _run(self, batch: list[_Job], detector: Detector | None, tokens: bool) -> None:
        """One pass; what it gives is put into the texts' `rows`, `passages`, `tokens` and detected `mentions`."""
        with self._lock:
            states = self.backbone.states(*collate([job.window.ids for job in batch]))
        lengths = np.asarray([len(job.window.ids) for job in batch], dtype=np.int64)
        passages = self._passages(states, lengths)
        if passages is not None:
            for job, passage in zip(batch, passages, strict=True):
                job.text.passages[job.number] = passage
        if tokens and self.setup.detector is not None:
            for row, job in enumerate(batch):
                job.text.tokens[job.number] = states[self.setup.detector][row, : lengths[row]].copy()
        if detector is not None and self.setup.detector is not None:
            _detect(batch, states[self.setup.detector], lengths, detector)
        self._pool(batch, states, passages)

    def _passages(self, states: States, lengths: Index) -> Float32 | None:
        if self.setup.passage is None:
            return None
        rows = np.arange(len(lengths), dtype=np.int64)
        return pool(states[State("passage")], rows, np.zeros_like(rows), lengths, self.setup.passage.pooling)

    def _pool(self, batch: list[_Job], states: States, passages: Float32 | None) -> None:
        spans = [
            (row, job.text, *span) for row, job in enumerate(batch) for span in job.text.wanted.get(job.number, ())
        ]
        if not spans:
            return
        rows = np.asarray([span[0] for span in spans], dtype=np.int64)
        starts = np.asarray([span[3] for span in spans], dtype=np.int64)
        ends = np.asarray([span[4] for span in spans], dtype=np.int64)
        parts: list[Float32] = []
        for tap in self.setup.taps:
            if tap.pool is not None:
                parts.append(pool(states[tap.state], rows, starts, ends, tap.pool))
            elif passages is not None:
                parts.append(passages[rows])
        for features, span in zip(np.concatenate(parts, axis=1), spans, strict=True):
            span[1].rows[span[2]] = features

    def _finish(self, work: _Text, *, tokens: bool) -> Features:
        order: Sequence[int] = range(len(work.mentions))
        if work.detected:
            order = without_overlaps(list(zip(work.mentions, work.contexts, strict=True)))
        rows = [work.rows[place] for place in order]
        vectors = None
        if self.setup.passage is not None:
            width = self.backbone.widths[State("passage")]
            vectors = _stack([work.passages[number] for number in range(len(work.windows))], width)
        return Features(
            passages=tuple(Passage(*window.passage) for window in work.windows),
            passage_vectors=vectors,
            mentions=tuple(work.mentions[place] for place in order),
            mention_features=_stack(rows, self.width),
            refused=tuple(work.refused),
            windows=tuple(work.windows) if tokens else (),
            tokens=tuple(work.tokens[number] for number in range(len(work.windows))) if work.tokens else (),
        )


def _detect(batch: list[_Job], states: Float32, lengths: Index, detector: Detector) -> None:
    """One matrix product for the whole batch: many small ones would wait for each other's threads."""
    rows = [row for row, job in enumerate(batch) if job.text.detected]
    if not rows:
        return
    inputs = [
        detector.inputs(
            states[row, : lengths[row]], batch[row].window.starts, batch[row].window.ends, batch[row].text.text
        )
        for row in rows
    ]
    logits = detector.logits(np.concatenate(inputs))
    for row, own in zip(rows, np.split(logits, np.cumsum(lengths[rows])[:-1]), strict=True):
        job = batch[row]
        _add_detected(job.text, job.number, detector.mentions(own, job.window.starts, job.window.ends, job.text.text))


def _add_detected(work: _Text, number: int, mentions: Sequence[Mention]) -> None:
    for own in placed(work.windows, number, mentions):
        work.wanted.setdefault(number, []).append((len(work.mentions), own.first, own.end))
        work.mentions.append(own.mention)
        work.contexts.append(own.context)


def _stack(rows: Sequence[Float32], width: int) -> Float32:
    return np.stack(rows) if rows else np.zeros((0, width), dtype=np.float32)
