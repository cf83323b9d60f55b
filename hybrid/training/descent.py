"""AdamW with a one-cycle learning rate, a step at a time, and its state, from which it goes on to the same bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor


class DescentSettings(Protocol):
    """What decides a descent beside what is made small."""

    @property
    def steps(self) -> int:
        """How long the learning rate's cycle is."""
        ...

    @property
    def learning_rate(self) -> float:
        """The largest learning rate."""
        ...

    @property
    def weight_decay(self) -> float:
        """AdamW's, Loshchilov and Hutter 2019."""
        ...

    @property
    def clip(self) -> float:
        """The largest norm of all gradients together."""
        ...


class Descent:
    """Changes `parameters` in place. The cycle: Smith and Topin 2018."""

    def __init__(self, parameters: Sequence[Tensor], settings: DescentSettings) -> None:
        import torch

        self._parameters, self._clip = list(parameters), settings.clip
        rate = settings.learning_rate
        self._optimizer = torch.optim.AdamW(self._parameters, lr=rate, weight_decay=settings.weight_decay)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(self._optimizer, rate, total_steps=max(settings.steps, 2))
        self.done = 0

    def step(self, loss: Callable[[], Tensor]) -> float:
        """One step on what `loss` gives; its value before the step."""
        import torch

        self._optimizer.zero_grad()
        found = loss()
        torch.autograd.backward(found)
        torch.nn.utils.clip_grad_norm_(self._parameters, self._clip)
        self._optimizer.step()
        self._schedule.step()
        self.done += 1
        return float(found.detach())

    def weights(self) -> list[Tensor]:
        """Copies of the parameters as they are."""
        return [own.detach().clone() for own in self._parameters]

    def take(self, weights: Sequence[Tensor]) -> None:
        """Set the parameters."""
        import torch

        with torch.no_grad():
            for own, given in zip(self._parameters, weights, strict=True):
                own.copy_(given)

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, in tensors and plain values."""
        return {
            "done": self.done,
            "weights": self.weights(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave, of a descent with as many parameters and the same settings."""
        self.take(state["weights"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        self.done = state["done"]
