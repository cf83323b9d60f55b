"""The mention detector: a tagger of two layers on a frozen state (see `hybrid.encoding.detection`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import Float32
from hybrid.encoding.detection import BEGIN, IGNORED, TAGS, decode, labels_of
from hybrid.encoding.features import FeatureReader
from hybrid.encoding.projection import Head, Layer, Standardisation
from hybrid.encoding.shapes import SHAPES, with_shapes
from hybrid.encoding.spans import Window
from hybrid.evaluation.conll import Sentence
from hybrid.training.config import DetectorReport, Progress
from hybrid.training.settings import DetectorSettings
from hybrid.training.tables import CHUNK, chunked, standardised, statistics
from hybrid.training.threads import seeded

if TYPE_CHECKING:
    from torch.nn import Linear

Int64: TypeAlias = NDArray[np.int64]
Span: TypeAlias = tuple[int, int]
Point: TypeAlias = tuple[float, float]  # threshold, margin
Choose: TypeAlias = Callable[[Head], Point]
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(1, 19))
MARGINS = (0.0, 0.5, 1.0, 1.5, 2.0)
BETA = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """One window of a text: token states float32 [t, width], labels int64 [t], and the text's gold spans.

    Where the detector reads shapes, they stand beside the states.
    """

    text: str
    window: Window
    states: Float32
    labels: Int64
    gold: frozenset[Span]


def read_tagged(
    sentences: Iterable[Sentence], reader: FeatureReader, progress: Progress, *, shapes: bool = False
) -> list[list[Tagged]]:
    """States and labels of every window of every sentence, with `shapes` the shapes of words beside the states."""
    found: list[list[Tagged]] = []
    known = list(sentences)
    for chunk in chunked(known, CHUNK):
        progress("reading the detector's sentences", len(found), len(known))
        features = reader.read([sentence.text for sentence in chunk], [()] * len(chunk), tokens=True)
        for sentence, own in zip(chunk, features, strict=True):
            spans = sorted({(span.start, span.end) for span in sentence.spans})
            found.append(
                [
                    Tagged(
                        sentence.text,
                        window,
                        with_shapes(states, window.starts, window.ends, sentence.text) if shapes else states,
                        labels_of(window.starts, window.ends, sentence.text, spans),
                        frozenset(spans),
                    )
                    for window, states in zip(own.windows, own.tokens, strict=True)
                ]
            )
    progress("reading the detector's sentences", len(known), len(known))
    return found


def train_detector(
    sentences: Sequence[Sequence[Tagged]],
    settings: DetectorSettings,
    seed: int,
    progress: Progress,
    choose: Choose | None = None,
) -> tuple[Head, DetectorReport]:
    """Train on most of the sentences, choose two numbers on some of the others and measure on the rest.

    Chosen are the threshold and a margin by which a B must beat an I to part two neighbouring words (it is taken off
    the bias of B). `choose` chooses them for retrieval (see `operating`); without it, it is the pair with the highest
    F2 of exact spans: recall counts twice, since a mention that is missed can never be found and one too many only
    costs a vector (van Rijsbergen, Information Retrieval, 1979, chapter 7).
    """
    order = np.random.default_rng(seed).permutation(len(sentences)).tolist()
    aside = max(1, round(settings.held_out * len(sentences)))
    measured, chosen_on, trained = order[:aside], order[aside : 2 * aside], order[2 * aside :]
    head = _fit([sentences[at] for at in trained], settings, seed, progress)
    trial = _Trial([sentences[at] for at in chosen_on], head, settings.passes_over)
    threshold, margin = trial.best() if choose is None else choose(head)
    rest = _Trial([sentences[at] for at in measured], head, settings.passes_over)
    precision, recall, touched = rest.figures(threshold, margin)
    report = DetectorReport(
        len(trained), len(chosen_on), len(measured), threshold, margin, precision, recall, touched, choose is not None
    )
    first, last = head.layers
    return Head((first, Layer(last.weight, last.bias - off_begin(margin))), head.activation), report


class _Trial:
    """Sentences on which a tagger is tried with several thresholds and margins."""

    def __init__(self, sentences: Sequence[Sequence[Tagged]], head: Head, passes_over: tuple[str, ...]) -> None:
        self._sentences, self._passes_over = sentences, passes_over
        self._logits = [[head.linear(window.states) for window in windows] for windows in sentences]
        self._gold = [frozenset(chain.from_iterable(window.gold for window in windows)) for windows in sentences]

    def best(self) -> Point:
        """The threshold and margin of the highest F2."""
        pairs = [(threshold, margin) for margin in MARGINS for threshold in THRESHOLDS]
        return max(pairs, key=lambda pair: _f_measure(*self.figures(*pair)[:2]))

    def figures(self, threshold: float, margin: float) -> tuple[float, float, float]:
        """Precision, recall and overlap recall; see `span_figures`."""
        found = [
            _decoded(windows, [own - off_begin(margin) for own in logits], threshold, self._passes_over)
            for windows, logits in zip(self._sentences, self._logits, strict=True)
        ]
        return span_figures(found, self._gold)


def off_begin(margin: float) -> Float32:
    """What is taken off the logits float32 [3] for a margin."""
    row = np.zeros(len(TAGS), dtype=np.float32)
    row[BEGIN] = margin
    return row


def _fit(sentences: Iterable[Sequence[Tagged]], settings: DetectorSettings, seed: int, progress: Progress) -> Head:
    windows = [window for windows in sentences for window in windows]
    states = np.concatenate([window.states[window.labels != IGNORED] for window in windows])
    labels = np.concatenate([window.labels[window.labels != IGNORED] for window in windows])
    own = statistics([states])
    if settings.shapes:
        own = _but_shapes(own)
    first, second = _optimised(states, labels, own, settings, seed, progress)
    return Head((_folded(first, own), second), "relu")


def _but_shapes(own: Standardisation) -> Standardisation:
    """Shapes are 0..1 as they are: one that is rare in training would be blown up."""
    mean, std = own.mean.copy(), own.std.copy()
    mean[-len(SHAPES) :], std[-len(SHAPES) :] = 0.0, 1.0
    return Standardisation(mean, std)


def _optimised(
    states: Float32, labels: Int64, own: Standardisation, settings: DetectorSettings, seed: int, progress: Progress
) -> tuple[Layer, Layer]:
    import torch

    steps = settings.epochs * -(-len(states) // settings.batch)
    with seeded(seed):
        first = torch.nn.Linear(states.shape[1], settings.hidden)
        second = torch.nn.Linear(settings.hidden, len(TAGS))
        dropout = torch.nn.Dropout(settings.dropout)
        model = torch.nn.Sequential(dropout, first, torch.nn.ReLU(), dropout, second)
        optimizer = torch.optim.AdamW(model.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.learning_rate, total_steps=max(steps, 2))
        for step, rows in enumerate(_batches(len(states), settings, np.random.default_rng(seed))):
            if step % 50 == 0:
                progress("training the detector", step, steps)
            optimizer.zero_grad()
            logits = model(torch.from_numpy(standardised(states[rows], own)))
            torch.autograd.backward(torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels[rows])))
            optimizer.step()
            schedule.step()
    progress("training the detector", steps, steps)
    return _layer(first), _layer(second)


def _layer(linear: Linear) -> Layer:
    weight, bias = (np.array(part.detach().numpy(), dtype=np.float32) for part in (linear.weight, linear.bias))
    return Layer(weight, bias)


def _batches(count: int, settings: DetectorSettings, generator: np.random.Generator) -> Iterable[Int64]:
    for _ in range(settings.epochs):
        order = generator.permutation(count)
        for first in range(0, count, settings.batch):
            yield order[first : first + settings.batch]


def _folded(layer: Layer, own: Standardisation) -> Layer:
    """W ((x - mean) / std) + b as one layer of x."""
    weight = layer.weight / own.std
    return Layer(weight.astype(np.float32), (layer.bias - weight @ own.mean).astype(np.float32))


def _decoded(
    windows: Sequence[Tagged], logits: Sequence[Float32], threshold: float, passes_over: tuple[str, ...]
) -> set[Span]:
    found = [
        decode(own, window.window.starts, window.window.ends, window.text, threshold, passes_over)
        for window, own in zip(windows, logits, strict=True)
    ]
    return {(mention.start, mention.end) for mention in chain.from_iterable(found)}


def span_figures(found: Sequence[set[Span]], gold: Sequence[frozenset[Span]]) -> tuple[float, float, float]:
    """Precision and recall of exact spans, and the share of gold spans that a found one overlaps."""
    pairs = list(zip(found, gold, strict=True))
    exact = sum(len(own & wanted) for own, wanted in pairs)
    touched = sum(any(a < end and b > start for a, b in own) for own, wanted in pairs for start, end in wanted)
    all_gold = max(1, sum(map(len, gold)))
    return exact / max(1, sum(map(len, found))), exact / all_gold, touched / all_gold


def _f_measure(precision: float, recall: float, beta: float = BETA) -> float:
    below = beta**2 * precision + recall
    return (1 + beta**2) * precision * recall / below if below else 0.0
