"""What may be set for a training: losses, head, tuning and detector, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hybrid.errors import InvalidInput
from hybrid.training.losses import InfoNCE, Loss, Triplet, WeightedLoss
from hybrid.training.sampling import BatchShape
from hybrid.training.stopping import EarlyStopping


@dataclass(frozen=True, slots=True)
class Share:
    """A source's part in every step: the weight of its loss and the shape of its batch."""

    weight: float
    shape: BatchShape


@dataclass(frozen=True, slots=True)
class LossSettings:
    """What is made small: `info_nce`, `triplet` and `distillation` are weights, 0 leaves a loss out.

    `distillation` counts only where there is a teacher.
    """

    info_nce: float = 1.0
    temperature: float = 0.1
    triplet: float = 0.0
    margin: float = 0.5
    distillation: float = 5.0
    teacher_temperature: float = 0.07

    def build(self) -> Loss:
        """The weighted sum. Raises InvalidInput where every weight is 0."""
        terms: list[tuple[float, Loss]] = [
            (self.info_nce, InfoNCE(self.temperature)),
            (self.triplet, Triplet(self.margin)),
        ]
        kept = [(weight, loss) for weight, loss in terms if weight]
        if not kept:
            raise InvalidInput("every loss has the weight 0; expected at least one above it")
        return WeightedLoss(kept)


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """A linear head to `width` numbers: AdamW with a one-cycle learning rate (Smith and Topin 2018)."""

    width: int = 256
    steps: int = 100
    learning_rate: float = 2e-4
    weight_decay: float = 0.01
    clip: float = 1.0
    dropout: float = 0.1
    losses: LossSettings = field(default_factory=LossSettings)


@dataclass(frozen=True, slots=True)
class TuningSettings:
    """A low-rank difference of the backbone's `blocks`, trained with the head, on as many `threads`.

    `half`: the blocks compute in bfloat16 while they are trained; what is learned is kept in float32.
    """

    shares: Mapping[str, Share]
    blocks: tuple[int, ...] = (3, 4, 5)
    rank: int = 16
    scale: float = 2.0
    steps: int = 120
    learning_rate: float = 5e-4
    weight_decay: float = 0.01
    clip: float = 1.0
    losses: LossSettings = field(default_factory=LossSettings)
    threads: int = 1
    half: bool = False
    early_stopping: EarlyStopping | None = None


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """A tagger of two layers on the state `tap`; with `shapes` it reads the shapes of words beside it.

    `passes_over`: what no mention is found in, names of `hybrid.encoding.passed_over`.
    `held_out` is the share of sentences that thresholds are chosen on, and again the share that figures come from.
    """

    tap: str = "hidden@5"
    hidden: int = 128
    epochs: int = 15
    batch: int = 512
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    dropout: float = 0.2
    held_out: float = 0.1
    shapes: bool = False
    passes_over: tuple[str, ...] = ()
