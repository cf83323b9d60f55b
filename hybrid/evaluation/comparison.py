"""Systems on tasks: every run, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from hybrid.encoding.protocol import Encoder
from hybrid.errors import InvalidInput
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.legs import Spans
from hybrid.evaluation.runs import Run
from hybrid.evaluation.systems.protocol import System
from hybrid.evaluation.task import Task


def run_systems(
    tasks: Sequence[Task],
    systems: Sequence[System],
    encoder: Encoder,
    *,
    spans: Sequence[Spans] = ("gold",),
    server: str | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Iterator[tuple[Task, Run]]:
    """The run of every system on every task, with gold or detected mentions or both.

    A system that reads no mentions runs once a task; its run is told again under the other mentions. A task whose gold
    mentions are not known, of judgements alone, is run on detected ones only.

    Raises:
        InvalidInput: a system needs passage vectors, and the encoder has none; before anything runs.
        HybridError: as the systems and the index do.
    """
    check_passages(systems, encoder)
    cases = {task.name: [own for own in spans if own != "gold" or task.has_mentions] for task in tasks}
    total = sum(map(len, cases.values())) * len(systems)
    done = 0
    for task in tasks:
        same: dict[str, Run] = {}
        for own in cases[task.name]:
            with Collection(task, own, encoder, server) as collection:
                depth = {label: collection.depth(label) for label in task.types}
                for system in systems:
                    progress(f"measuring {task.name}, {own} mentions", done, total)
                    run = same.get(system.name)
                    if run is None:
                        run = Run(task.name, own, system.name, system.rank(collection, task.types, depth))
                        if not system.reads_mentions:
                            same[system.name] = run
                    yield task, replace(run, spans=own)
                    done += 1
    progress("measuring", total, total)


def check_passages(systems: Sequence[System], encoder: Encoder) -> None:
    """Refuse systems that need passage vectors where the encoder has none. Raises InvalidInput, which names them."""
    if encoder.dimensions.passage is not None:
        return
    if names := [system.name for system in systems if system.reads_passages]:
        raise InvalidInput(
            f"bundle {encoder.name} has no passage vector, so there is no dense leg; leave out {', '.join(names)}"
        )
