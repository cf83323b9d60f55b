"""How well mentions were found, whatever their types: spans against those that people marked.

| figure | what it is |
| --- | --- |
| P, R, F1 | precision, recall and their harmonic mean of exact spans |
| overlap P, overlap R | of the found mentions those that share a code point with a gold one, and the other way round |
| lenient R | of the gold mentions those that a found one matches by its words, see `paper.lenient_matches` |
| per text | mentions found a text |
| R at n | recall of exact spans where only the surest are kept, n a text on average, see `recall_within` |

All are of the mentions of a data set together, not means over texts; a span counts once whatever its labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from hybrid.documents import Mention
from hybrid.evaluation.paper import lenient_matches

Span: TypeAlias = tuple[int, int]
Mentions: TypeAlias = Sequence[Mention]
BUDGETS = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class SpanFigures:
    """The figures of the module, each 0..1 but `per_text`; None for a share of nothing.

    `within` holds R at n in the order of BUDGETS.
    """

    precision: float | None
    recall: float | None
    overlap_precision: float | None
    overlap_recall: float | None
    lenient_recall: float | None
    per_text: float
    within: tuple[float | None, ...]

    @property
    def f1(self) -> float | None:
        """None where precision or recall is."""
        if self.precision is None or self.recall is None:
            return None
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def span_figures(texts: Sequence[str], found: Sequence[Mentions], gold: Sequence[Sequence[Span]]) -> SpanFigures:
    """Figures of the mentions found in each text against its gold spans, each of these once."""
    spans = [[(mention.start, mention.end) for mention in own] for own in found]
    pairs = list(zip(spans, gold, strict=True))
    all_found, all_gold = sum(map(len, spans)), sum(map(len, gold))
    exact = sum(len({*own} & {*wanted}) for own, wanted in pairs)
    lenient = [lenient_matches(text, own, wanted) for text, (own, wanted) in zip(texts, pairs, strict=True)]
    hits = [
        (mention, (mention.start, mention.end) in wanted)
        for own, wanted in zip(found, map(set, gold), strict=True)
        for mention in own
    ]
    return SpanFigures(
        precision=_share(exact, all_found),
        recall=_share(exact, all_gold),
        overlap_precision=_share(sum(touching(own, wanted) for own, wanted in pairs), all_found),
        overlap_recall=_share(sum(touching(wanted, own) for own, wanted in pairs), all_gold),
        lenient_recall=_share(*map(sum, zip(*lenient, strict=True))) if lenient else None,
        per_text=all_found / max(1, len(texts)),
        within=tuple(recall_within(hits, count * len(texts), all_gold) for count in BUDGETS),
    )


def touching(spans: Iterable[Span], others: Sequence[Span]) -> int:
    """How many spans share a code point with one of the others."""
    return sum(any(start < end and begin < stop for begin, end in others) for start, stop in spans)


def recall_within(mentions: Sequence[tuple[Mention, bool]], count: int, gold: int) -> float | None:
    """Recall by the `count` mentions of the highest scores; all of them where there are fewer; None without gold.

    Each comes with whether it is right. One without a score is as sure as can be. Where some of those that share a
    score are over the count, their expected share is right: no order among them is any better.
    """
    if not gold:
        return None
    scores = np.array([1.0 if mention.score is None else mention.score for mention, _ in mentions])
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(np.array([hit for _, hit in mentions], dtype=np.float64)[order])
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True)) if len(order) else order
    return float(np.interp(count, [0, *(last + 1)], [0.0, *right[last]])) / gold


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
