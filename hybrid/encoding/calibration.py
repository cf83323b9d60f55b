"""From a cosine to the probability that a mention is of the asked type: two monotone forms, and what bundle.json holds.

    {"method": "platt", "slope": 14.2, "intercept": -7.9}          1 / (1 + exp(−(slope · cosine + intercept)))
    {"method": "isotonic", "cosines": [-0.05, …], "probabilities": [0.001, …]}   linear between its knots

Platt: Probabilistic Outputs for Support Vector Machines, 1999. Zadrozny, Elkan: Transforming Classifier Scores into
Accurate Multiclass Probability Estimates, KDD 2002 (isotonic). A calibration moves no vector, so it is not part of the
fingerprint.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybrid.encoding.fields import Fields
from hybrid.errors import BundleError

METHODS = ("platt", "isotonic")
Float64: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Platt:
    """A sigmoid of the cosine; `slope` is not negative."""

    slope: float
    intercept: float

    def of(self, cosines: ArrayLike) -> Float64:
        """Cosines -1..1, any shape, to probabilities 0..1, float64 of the same shape."""
        # exp of a large number overflows; this form of the sigmoid never takes one.
        logits = self.slope * np.asarray(cosines, dtype=np.float64) + self.intercept
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Knots: `cosines` rise strictly, `probabilities` 0..1 never fall; linear between knots, constant outside."""

    cosines: tuple[float, ...]
    probabilities: tuple[float, ...]

    def of(self, cosines: ArrayLike) -> Float64:
        """Cosines -1..1, any shape, to probabilities 0..1, float64 of the same shape."""
        return np.asarray(np.interp(np.asarray(cosines, dtype=np.float64), self.cosines, self.probabilities))


Calibration: TypeAlias = Platt | Isotonic


def calibration_to_json(calibration: Calibration) -> dict[str, Any]:
    """What bundle.json holds."""
    if isinstance(calibration, Platt):
        return {"method": "platt", "slope": calibration.slope, "intercept": calibration.intercept}
    return {
        "method": "isotonic",
        "cosines": list(calibration.cosines),
        "probabilities": list(calibration.probabilities),
    }


def parse_calibration(fields: Fields) -> Calibration:
    """A calibration from bundle.json. Raises BundleError naming the key at fault and what was expected."""
    if fields.choice("method", METHODS) == "platt":
        return fields.done(Platt(fields.number("slope", 0.0), fields.number("intercept")))
    cosines, values = fields.numbers("cosines", -1.0, 1.0), fields.numbers("probabilities", 0.0, 1.0)
    if len(cosines) != len(values):
        found = f"{len(cosines)} and {len(values)}"
        raise BundleError(f"{fields.where}: cosines and probabilities must be as many, found {found}")
    if any(left >= right for left, right in pairwise(cosines)):
        raise BundleError(f"{fields.where}.cosines must rise")
    if any(left > right for left, right in pairwise(values)):
        raise BundleError(f"{fields.where}.probabilities must not fall")
    return fields.done(Isotonic(cosines, values))
