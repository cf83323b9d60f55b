"""Which calibration a bundle gets: two fits, each judged on tasks that it was not fitted on.

Pairs of (type, mention) are taken by their cosine alone, each task counting the same. So a probability is that of the
mean task: where fewer of the mentions are of the asked type than there, it is too high.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, TypeAlias

import numpy as np

from hybrid.encoding.calibration import Calibration, Float64, calibration_to_json
from hybrid.errors import InvalidInput
from hybrid.evaluation.pairs import Bools, Pairs
from hybrid.evaluation.reliability import Reliability, reliability
from hybrid.training.fits import fit_isotonic, fit_platt

Fit: TypeAlias = Callable[[Float64, Bools, Float64], Calibration]
FITS: Mapping[str, Fit] = {"platt": fit_platt, "isotonic": fit_isotonic}


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was chosen, fitted on all tasks.

    `held_out`: each method judged on tasks that were left out of the fit, by task; all their pairs. `shown`: the same
    for the pairs that someone is shown. `table`: the chosen method on every task that was left out, each counting the
    same.
    """

    calibration: Calibration
    method: str
    held_out: Mapping[str, Mapping[str, Reliability]]
    shown: Mapping[str, Mapping[str, Reliability]]
    table: Reliability
    shown_table: Reliability


def choose_calibration(tasks: Sequence[Pairs]) -> Calibrated:
    """The method of the smaller mean Brier score on tasks that were left out, fitted on all of them.

    Raises:
        InvalidInput: there are fewer than two tasks, so that none can be left out.
    """
    if len(tasks) < 2:
        raise InvalidInput(f"{len(tasks)} tasks are too few to calibrate on; expected at least two")
    told = {method: [fit(*_flat(_but(tasks, one))).of(one.cosines) for one in tasks] for method, fit in FITS.items()}
    everything = [np.ones_like(one.right) for one in tasks]
    seen = [one.shown() for one in tasks]
    held_out = {method: _by_task(tasks, values, everything) for method, values in told.items()}
    method = min(FITS, key=lambda name: fmean(one.brier for one in held_out[name].values()))
    return Calibrated(
        FITS[method](*_flat(tasks)),
        method,
        held_out,
        {name: _by_task(tasks, values, seen) for name, values in told.items()},
        _together(tasks, told[method], everything),
        _together(tasks, told[method], seen),
    )


def calibration_figures(chosen: Calibrated) -> dict[str, Any]:
    """What a manifest tells: the method, and by method ECE and Brier score on tasks that were left out.

    `{"method": …, METHOD: {"ece", "brier", "shown_ece", "tasks": {task: {"ece", "brier", "shown_ece"}}}}`, the outer
    ones means over tasks.
    """
    return {"method": chosen.method, **{method: _figures(chosen, method) for method in chosen.held_out}}


def calibrated_to_json(chosen: Calibrated) -> dict[str, Any]:
    """The calibration as bundle.json holds it, the figures, and the tables of what was told beside what came true."""
    return {
        "calibration": calibration_to_json(chosen.calibration),
        "held_out": calibration_figures(chosen),
        "table": asdict(chosen.table),
        "shown": asdict(chosen.shown_table),
    }


def _figures(chosen: Calibrated, method: str) -> dict[str, Any]:
    shown = chosen.shown[method]
    tasks = {
        task: {"ece": own.ece, "brier": own.brier, "shown_ece": shown[task].ece}
        for task, own in chosen.held_out[method].items()
    }
    means = {name: fmean(own[name] for own in tasks.values()) for name in ("ece", "brier", "shown_ece")}
    return {**means, "tasks": tasks}


def _but(tasks: Sequence[Pairs], left_out: Pairs) -> list[Pairs]:
    return [one for one in tasks if one is not left_out]


def _flat(tasks: Sequence[Pairs]) -> tuple[Float64, Bools, Float64]:
    """Cosines, right and weights of all pairs; each task has the weight 1."""
    cosines = np.concatenate([one.cosines.ravel() for one in tasks]).astype(np.float64)
    right = np.concatenate([one.right.ravel() for one in tasks])
    return cosines, right, np.concatenate([np.full(one.right.size, 1.0 / one.right.size) for one in tasks])


def _by_task(tasks: Sequence[Pairs], told: Sequence[Float64], masks: Sequence[Bools]) -> dict[str, Reliability]:
    return {
        one.task: reliability(values[mask], one.right[mask])
        for one, values, mask in zip(tasks, told, masks, strict=True)
    }


def _together(tasks: Sequence[Pairs], told: Sequence[Float64], masks: Sequence[Bools]) -> Reliability:
    parts = [(values[mask], one.right[mask]) for one, values, mask in zip(tasks, told, masks, strict=True)]
    weights = [np.full(len(values), 1.0 / len(values)) for values, _ in parts]
    return reliability(
        np.concatenate([values for values, _ in parts]),
        np.concatenate([right for _, right in parts]),
        np.concatenate(weights),
    )
