"""Where R-Precision is lost: 1 − R-Precision of what `auto` runs on detected mentions, split into its causes.

| part | what is lost |
| --- | --- |
| embedding | 1 → the best single leg on gold mentions, every vector scored |
| detection | gold → detected mentions |
| approximation | every vector scored → HNSW, and centred by a sample, as a server searches; None without a server |
| compression | float32 → what is stored: 0, both engines store float32 |
| fusion | the best single leg → the fusion; below 0 where fusion gains |

The best single leg is the one of the best macro mean on gold mentions, the same for all types of a data set: a choice
by type would know the answers. The parts of a type sum to its loss, and so do their means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal, TypeAlias

from hybrid.encoding.protocol import Encoder
from hybrid.errors import InvalidInput
from hybrid.evaluation.ir import HEADLINE, measure
from hybrid.evaluation.legs import Spans
from hybrid.evaluation.opening import MEAN
from hybrid.evaluation.runs import Run
from hybrid.evaluation.systems.factory import AUTO, ON_SERVER, on_server, open_system
from hybrid.evaluation.systems.protocol import System
from hybrid.evaluation.task import Task

Part: TypeAlias = Literal["embedding", "detection", "approximation", "compression", "fusion"]
PARTS: tuple[Part, ...] = ("embedding", "detection", "approximation", "compression", "fusion")
Losses: TypeAlias = Mapping[Part, float | None]
Values: TypeAlias = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Budget:
    """The parts of a data set's loss in all, and of each type's; `leg` is the best single one."""

    name: str
    leg: str
    parts: Losses
    types: Mapping[str, Losses]

    @property
    def loss(self) -> float:
        """1 − R-Precision of the fusion: the sum of the parts."""
        return _sum(self.parts)


def split(gold: Values, detected: Values, approximate: Values | None, fused: Values) -> dict[str, Losses]:
    """R-Precision of each type at each stage to the losses between them.

    `gold`, `detected`: of the single leg, every vector scored; `approximate`: of the same on the server, None without
    one; `fused`: of the fusion, under the last condition that there is.
    """
    losses: dict[str, Losses] = {}
    for label in gold:
        last = detected[label] if approximate is None else approximate[label]
        losses[label] = {
            "embedding": 1.0 - gold[label],
            "detection": gold[label] - detected[label],
            "approximation": None if approximate is None else detected[label] - last,
            "compression": 0.0,
            "fusion": last - fused[label],
        }
    return losses


class Budgets:
    """Collects the runs that a budget needs; `budgets` at the end."""

    def __init__(self, encoder: Encoder, *, server: bool = False) -> None:
        """`server`: whether the runs hold those of a server, searched as a server does."""
        self._server = server
        self._legs = encoder.dimensions.legs
        self._values: dict[tuple[str, Spans, str], Values] = {}
        self._tasks: dict[str, None] = {}

    def systems(self) -> list[System]:
        """The systems whose runs are needed, on gold and on detected mentions."""
        local = [open_system(name) for name in (*self._legs, AUTO)]
        return local + [one for one in map(on_server, local) if one] if self._server else local

    def add(self, task: Task, run: Run) -> None:
        """Keep what a budget needs of a run; runs of other systems are passed over."""
        if run.system in {system.name for system in self.systems()}:
            values = measure(task, run.rankings)
            self._tasks[task.name] = None
            self._values[task.name, run.spans, run.system] = {label: own[HEADLINE] for label, own in values.items()}

    def budgets(self) -> tuple[Budget, ...]:
        """The budget of every data set with answers and gold mentions, and their mean where there are several.

        Raises:
            InvalidInput: a run is missing.
        """
        found = [self._budget(task) for task in self._tasks if self._has_answers_and_gold(task)]
        if len(found) > 1:
            legs = ", ".join(dict.fromkeys(one.leg for one in found))
            found.append(Budget(MEAN, legs, _mean([one.parts for one in found]), {}))
        return tuple(found)

    def _budget(self, task: str) -> Budget:
        leg = max(self._legs, key=lambda leg: fmean(self._get(task, "gold", leg).values()))
        tail = ON_SERVER if self._server else ""
        types = split(
            self._get(task, "gold", leg),
            self._get(task, "detected", leg),
            self._get(task, "detected", f"{leg}{tail}") if self._server else None,
            self._get(task, "detected", f"{AUTO}{tail}"),
        )
        return Budget(task, leg, _mean(list(types.values())), types)

    def _get(self, task: str, spans: Spans, system: str) -> Values:
        try:
            return self._values[task, spans, system]
        except KeyError:
            raise InvalidInput(f"a budget needs {system} on {spans} mentions of {task}, which did not run") from None

    def _has_answers_and_gold(self, task: str) -> bool:
        return any(name == task and spans == "gold" and own for (name, spans, _), own in self._values.items())


def budget_to_json(budget: Budget) -> dict[str, Any]:
    """The leg, the loss and its parts, in all and by type; a part that was not measured is null."""
    return {"leg": budget.leg, "loss": budget.loss, "parts": dict(budget.parts), "types": dict(budget.types)}


def _mean(losses: Sequence[Losses]) -> Losses:
    return {part: _mean_of([own[part] for own in losses]) for part in PARTS}


def _mean_of(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _sum(losses: Losses) -> float:
    return sum(value for value in losses.values() if value is not None)
