"""Detectors side by side on data sets: what they find, and what the typed leg makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from hybrid.documents import Mention
from hybrid.encoding.detectors import MentionDetector, Mentions, open_detector
from hybrid.encoding.protocol import Encoder
from hybrid.errors import InvalidInput
from hybrid.evaluation.detection import BUDGETS, SpanFigures, span_figures
from hybrid.evaluation.dimensions import encode_mentions
from hybrid.evaluation.ir import HEADLINE, measure
from hybrid.evaluation.legs import gold_spans
from hybrid.evaluation.measures import macro
from hybrid.evaluation.systems.nearest import rank_by_mentions
from hybrid.evaluation.task import Task

DETECTORS = "detectors"
GOLD = "gold"
CHUNK = 1024

Progress: TypeAlias = Callable[[str, int, int], None]


class TaskDetector(Protocol):
    """What finds mentions in a task's texts."""

    @property
    def name(self) -> str:
        """What it is reported under."""
        ...

    def mentions(self, task: Task, progress: Progress) -> list[Mentions]:
        """Each text's mentions."""
        ...


@dataclass(frozen=True, slots=True)
class Gold:
    """The mentions that people marked, as a detector among others."""

    name: str = GOLD

    def mentions(self, task: Task, progress: Progress) -> list[Mentions]:
        """See `TaskDetector`."""
        return [tuple(Mention(*span) for span in gold_spans(sentence)) for sentence in task.sentences]


@dataclass(frozen=True, slots=True)
class PluggedIn:
    """A detector that plugs in."""

    detector: MentionDetector

    @property
    def name(self) -> str:
        """See `TaskDetector`."""
        return self.detector.name

    def mentions(self, task: Task, progress: Progress) -> list[Mentions]:
        """See `TaskDetector`."""
        texts = [sentence.text for sentence in task.sentences]
        found: list[Mentions] = []
        for first in range(0, len(texts), CHUNK):
            progress(f"{self.name} on {task.name}", first, len(texts))
            found += self.detector.detect(texts[first : first + CHUNK])
        progress(f"{self.name} on {task.name}", len(texts), len(texts))
        return found


@dataclass(frozen=True, slots=True)
class DetectorTable:
    """A data set's detectors side by side: `gold` mentions are marked in its `texts`.

    `r_precision` is macro R-Precision of the typed leg on each detector's mentions, empty where it was not measured.
    """

    name: str
    texts: int
    gold: int
    figures: dict[str, SpanFigures]
    r_precision: dict[str, float]


def open_task_detector(name: str) -> TaskDetector:
    """`gold`, or a name of `hybrid.encoding.detectors`. Raises as `open_detector`."""
    return Gold(name) if name == GOLD else PluggedIn(open_detector(name))


def measure_detectors(
    tasks: Iterable[Task],
    detectors: Sequence[TaskDetector],
    encoder: Encoder | None = None,
    progress: Progress = lambda *_: None,
) -> Iterator[DetectorTable]:
    """A table for each task with gold mentions; with an `encoder` its typed leg is run on each detector's mentions.

    Raises:
        InvalidInput: no task has gold mentions.
        HybridError: as the detectors and the encoder do.
    """
    marked = [task for task in tasks if task.has_mentions]
    if not marked:
        raise InvalidInput("detectors are measured against gold mentions, and no data set has any")
    for task in marked:
        texts = [sentence.text for sentence in task.sentences]
        gold = [gold_spans(sentence) for sentence in task.sentences]
        figures: dict[str, SpanFigures] = {}
        r_precision: dict[str, float] = {}
        for detector in detectors:
            found = detector.mentions(task, progress)
            figures[detector.name] = span_figures(texts, found, gold)
            if encoder is not None and any(task.answers().values()):
                r_precision[detector.name] = typed_r_precision(task, found, encoder, progress)
        yield DetectorTable(task.name, len(texts), sum(map(len, gold)), figures, r_precision)


def typed_r_precision(task: Task, mentions: Sequence[Mentions], encoder: Encoder, progress: Progress) -> float:
    """Macro R-Precision of texts by their nearest mention, every vector scored."""
    texts = [sentence.text for sentence in task.sentences]
    spans = [[(mention.start, mention.end) for mention in own] for own in mentions]
    kept, vectors = encode_mentions(encoder, texts, spans, f"encoding {task.name}", progress)
    asked = encoder.encode_types(list(task.types.values()))
    depth = dict.fromkeys(task.types, len(texts))
    values = measure(task, rank_by_mentions(kept, vectors, list(task.types), asked, depth))
    return macro(own[HEADLINE] for own in values.values())


def detectors_to_json(tables: Iterable[DetectorTable]) -> dict[str, Any]:
    """`{data set: {"texts": …, "gold": …, "detectors": {name: {"P": …, …, "R_at": {"1": …}, "RPrec": …}}}}`."""
    return {
        table.name: {
            "texts": table.texts,
            "gold": table.gold,
            "detectors": {name: _to_json(table, name) for name in table.figures},
        }
        for table in tables
    }


def _to_json(table: DetectorTable, name: str) -> dict[str, Any]:
    own = table.figures[name]
    told: dict[str, Any] = {
        "P": own.precision,
        "R": own.recall,
        "F1": own.f1,
        "overlap_P": own.overlap_precision,
        "overlap_R": own.overlap_recall,
        "lenient_R": own.lenient_recall,
        "per_text": own.per_text,
        "R_at": {str(count): value for count, value in zip(BUDGETS, own.within, strict=True)},
    }
    return told | ({HEADLINE: table.r_precision[name]} if name in table.r_precision else {})
