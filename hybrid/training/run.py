"""A descent that is watched: its state is saved every few steps, and the best step is kept where that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from hybrid.training.checkpoints import Checkpoint
from hybrid.training.descent import Descent
from hybrid.training.stopping import BestStep, Kept

if TYPE_CHECKING:
    from torch import Tensor

SAVED_EVERY = 5


class Run:
    """`steps` of a descent; `best` where it may stop early, `saved` where it can be taken up again."""

    def __init__(self, descent: Descent, steps: int, best: BestStep | None, saved: Checkpoint | None) -> None:
        self._descent, self._steps, self._best, self._saved = descent, steps, best, saved

    @property
    def done(self) -> int:
        """How many steps were taken."""
        return self._descent.done

    @property
    def kept(self) -> Kept | None:
        """The step whose weights are the result; None for the last."""
        return None if self._best is None else self._best.kept

    def take_up(self, state: dict[str, Any]) -> None:
        """Go on from what was saved."""
        self._descent.restore(state["descent"])
        if self._best is not None:
            self._best.restore(state["best"])

    def steps(self, loss: Callable[[], Tensor], measure: Callable[[], float]) -> Iterator[float]:
        """The steps that are left, each on what `loss` gives; its value, once the step is taken and saved.

        `measure` tells how good the parameters are, larger is better. At the end they are those of the step that is
        kept.
        """
        while self.done < self._steps and not (self._best is not None and self._best.over):
            found = self._descent.step(loss)
            if self._best is not None and self._best.due(self.done):
                self._best.take(self.done, measure(), self._descent.weights())
            if self._saved is not None and self.done % SAVED_EVERY == 0:
                best = None if self._best is None else self._best.state()
                self._saved.save({"descent": self._descent.state(), "best": best})
            yield found
        if self._best is not None and self._best.kept is not None:
            self._descent.take(self._best.weights)
