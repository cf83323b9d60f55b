"""How far a bundle's probabilities can be believed on a task: what it tells of gold mentions beside what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hybrid.encoding.protocol import Encoder
from hybrid.errors import InvalidInput
from hybrid.evaluation.pairs import read_pairs
from hybrid.evaluation.reliability import Reliability, reliability
from hybrid.evaluation.task import Task

CALIBRATION = "calibration"


@dataclass(frozen=True, slots=True)
class Believed:
    """Over every gold mention with every type, and over the pairs that someone is shown (see `Pairs.shown`)."""

    pairs: Reliability
    shown: Reliability


def measure_believed(
    task: Task, encoder: Encoder, progress: Callable[[str, int, int], None] = lambda *_: None
) -> Believed:
    """The probabilities of a task's gold mentions against their labels.

    Raises:
        InvalidInput: the encoder is not calibrated, or no type that is asked for has a gold mention.
        EncoderError: a text or a type cannot be encoded.
    """
    if encoder.calibration is None:
        raise InvalidInput(f"{encoder.name} is not calibrated")
    pairs = read_pairs(task, encoder, progress)
    shown = pairs.shown()
    if not shown.any():
        raise InvalidInput(f"no type of {task.name} has a mention, so there is nothing to be right about")
    told = encoder.calibration.of(pairs.cosines)
    return Believed(reliability(told.ravel(), pairs.right.ravel()), reliability(told[shown], pairs.right[shown]))


def believed_to_json(told: Mapping[str, Believed]) -> dict[str, Any]:
    """`{data set: {"pairs": {"ece", "brier", "bins": […]}, "shown": {…}}}`."""
    return {name: asdict(own) for name, own in told.items()}
