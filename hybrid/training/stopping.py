"""Early stopping: which step is kept, by a figure that is measured every so many steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class EarlyStopping:
    """The step with the best R-Precision of typed search `on` types that nothing is trained on is kept.

    It is measured every `every` steps and after the last; `patience` measurements in a row that are no better end a
    tuning. `held-out` are a tenth of the labelled types (see `held_out`); `dev` are those that a bundle is judged by,
    so that its figures are then the best of several.
    """

    on: Literal["dev", "held-out"]
    every: int = 20
    patience: int = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """The number of steps after which the weights were kept, and their figure."""

    step: int
    score: float


@dataclass(slots=True)
class BestStep:
    """The best step so far; `worse` measurements in a row were no better."""

    settings: EarlyStopping
    steps: int
    kept: Kept | None = None
    weights: Sequence[Tensor] = field(default=(), repr=False)
    worse: int = 0

    def due(self, step: int) -> bool:
        """Whether to measure after `step` steps: every so many, and at the end."""
        return step % self.settings.every == 0 or step == self.steps

    @property
    def over(self) -> bool:
        """Whether patience is at its end."""
        return self.worse >= self.settings.patience

    def take(self, step: int, score: float, weights: Sequence[Tensor]) -> None:
        """A measurement; of equal figures the first is kept."""
        if self.kept is None or score > self.kept.score:
            self.kept, self.weights, self.worse = Kept(step, score), weights, 0
        else:
            self.worse += 1

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, in tensors and plain values."""
        kept = None if self.kept is None else (self.kept.step, self.kept.score)
        return {"kept": kept, "weights": list(self.weights), "worse": self.worse}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.kept = None if state["kept"] is None else Kept(*state["kept"])
        self.weights, self.worse = state["weights"], state["worse"]
