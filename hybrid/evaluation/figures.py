"""R-Precision of a bundle on the DEV tasks: each leg by itself, and what `auto` runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from hybrid.encoding.protocol import Encoder
from hybrid.evaluation.legs import Spans, ask, found_by, index_task, macro_r_precision
from hybrid.evaluation.measures import macro, r_precision
from hybrid.evaluation.task import Task
from hybrid.evaluation.weights import SHARES, Case, Choice, choose_centred

SPANS: tuple[Spans, ...] = ("gold", "detected")
WAYS = ("typed", "dense", "lexical", "hybrid")


@dataclass(frozen=True, slots=True)
class Figures:
    """Macro R-Precision over the types of one task; `hybrid` is what `auto` runs for this bundle.

    Single legs are ranked whole; the fusion takes of each leg the first 1,000 documents, or 2 R where that is more.
    `dense` is None for a bundle without passage vectors.
    """

    task: str
    spans: Spans
    texts: int
    mentions: int
    typed: float
    dense: float | None
    lexical: float
    hybrid: float

    @property
    def ways(self) -> dict[str, float]:
        """The figures by way, in the order of WAYS; those of legs that the bundle has."""
        return {way: value for way in WAYS if (value := getattr(self, way)) is not None}


def measure(encoder: Encoder, tasks: Sequence[Task], progress: Callable[[str, int, int], None]) -> tuple[Figures, ...]:
    """Figures of every task, with gold mentions and with the detector's, from real indexes on this machine.

    Raises:
        InvalidInput, EncoderError, StorageError: a task could not be indexed.
    """
    return tuple(_figures(encoder, task, spans) for task, spans in _cases(tasks, progress))


def learn_how(encoder: Encoder, tasks: Sequence[Task], progress: Callable[[str, int, int], None]) -> Choice:
    """The fusion that `auto` shall run and how far questions are centred, by gold and by detected mentions.

    Raises:
        As `measure`.
    """
    cases: dict[float, list[Case]] = {share: [] for share in SHARES}
    for task, spans in _cases(tasks, progress):
        with index_task(task, encoder, spans) as retriever:
            for share, own in cases.items():
                own.append(Case(task.name, spans, ask(task, retriever, share)))
    return choose_centred(cases)


def mean_figures(figures: Iterable[Figures], spans: Spans) -> dict[str, float]:
    """Means over the tasks with one kind of mentions, each counting the same, by way."""
    own = [one.ways for one in figures if one.spans == spans]
    return {way: macro(one[way] for one in own) for way in (own[0] if own else ())}


def _cases(tasks: Sequence[Task], progress: Callable[[str, int, int], None]) -> Iterable[tuple[Task, Spans]]:
    cases = [(task, spans) for spans in SPANS for task in tasks]
    for place, (task, spans) in enumerate(cases):
        progress(f"measuring {task.name}, {spans} mentions", place, len(cases))
        yield task, spans
    progress("measuring", len(cases), len(cases))


def _figures(encoder: Encoder, task: Task, spans: Spans) -> Figures:
    with index_task(task, encoder, spans) as retriever:
        asked = ask(task, retriever)
        mentions = retriever.statistics().mentions
        fused = macro(
            r_precision(found_by(retriever, own.words, "auto", len(own.relevant)), own.relevant) for own in asked
        )
    legs = {leg: macro_r_precision(asked, leg) for leg in encoder.dimensions.legs}
    return Figures(
        task.name,
        spans,
        len(task.sentences),
        mentions,
        legs["typed"],
        legs.get("dense"),
        legs["lexical"],
        fused,
    )
