"""What is decided and told about a bundle once it is trained: fusion weights, calibration, figures, its model card.

Nothing here moves a vector, so the fingerprint stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from hybrid.encoding.bundle import load_bundle, save_bundle
from hybrid.encoding.local import LocalEncoder
from hybrid.encoding.parts import Bundle
from hybrid.errors import InvalidInput
from hybrid.evaluation.dev import read_dev
from hybrid.evaluation.figures import Figures, learn_how, measure
from hybrid.evaluation.keeping import KeepingEncoder, Memory
from hybrid.evaluation.pairs import read_pairs
from hybrid.evaluation.weights import Choice
from hybrid.training.calibrating import Calibrated, calibration_figures, choose_calibration
from hybrid.training.card import model_card
from hybrid.training.config import Progress, silent


def learn_weights(
    folder: Path, dev: Path, progress: Progress = silent, *, device: str = "auto", memory: Memory | None = None
) -> Choice:
    """Choose the fusion that `auto` runs, by the rule, on the DEV tasks, and write it into the bundle.

    `memory` keeps what the texts were encoded to, for other functions here that are given it with the same bundle.

    Raises:
        InvalidInput: the bundle has taken its choices over from another, since it was trained on types of these tasks.
        InvalidFile: the DEV corpora are missing or damaged.
        BundleError, EncoderError, StorageError: the bundle or an index of it fails.
    """
    bundle = _undecided(load_bundle(folder))
    choice = learn_how(_encoder(bundle, device, memory), read_dev(dev), progress)
    planner = None if choice.how == "typed" else {"how": choice.how}
    told = {name: value for name, value in asdict(choice).items() if name != "grid"}
    _save(bundle, folder, {"planner": _rounded(told)}, planner=planner)
    return choice


def calibrate(
    folder: Path, dev: Path, progress: Progress = silent, *, device: str = "auto", memory: Memory | None = None
) -> Calibrated:
    """Learn from the DEV tasks' gold mentions how probable a match is, given its cosine; write it into the bundle.

    Raises:
        As `learn_weights`.
    """
    bundle = _undecided(load_bundle(folder))
    encoder = _encoder(bundle, device, memory)
    chosen = choose_calibration([read_pairs(task, encoder, progress) for task in read_dev(dev)])
    _save(bundle, folder, {"calibration": _rounded(calibration_figures(chosen))}, calibration=chosen.calibration)
    return chosen


def evaluate(
    folder: Path,
    dev: Path,
    progress: Progress = silent,
    *,
    write: bool = False,
    device: str = "auto",
    memory: Memory | None = None,
) -> tuple[Figures, ...]:
    """Figures of a bundle on the DEV tasks; `write` puts them into the bundle and its card.

    Raises:
        As `learn_weights`.
    """
    bundle = load_bundle(folder)
    figures = measure(_encoder(bundle, device, memory), read_dev(dev), progress)
    if write:
        _save(bundle, folder, {"dev": [_rounded(asdict(one)) for one in figures]})
    return figures


def _undecided(bundle: Bundle) -> Bundle:
    decided = (bundle.manifest.training or {}).get("decided")
    if decided:
        raise InvalidInput(
            f"bundle {bundle.manifest.name} was trained on types of the DEV tasks, so nothing is chosen by them; its "
            f"fusion and calibration are those of {decided['name']} with fingerprint {decided['fingerprint'][:12]}"
        )
    return bundle


def _encoder(bundle: Bundle, device: str, memory: Memory | None) -> KeepingEncoder:
    return KeepingEncoder(LocalEncoder(bundle, device=device), {} if memory is None else memory)


def _save(bundle: Bundle, folder: Path, measured: Mapping[str, Any], **changes: Any) -> None:
    training = dict(bundle.manifest.training or {})
    training["measured"] = {**training.get("measured", {}), **measured}
    manifest = replace(bundle.manifest, training=training, **changes)
    save_bundle(replace(bundle, manifest=manifest, card=model_card(manifest)), folder)


def _rounded(value: Any) -> Any:
    """The same JSON value, its fractions with four digits."""
    if isinstance(value, Mapping):
        return {key: _rounded(own) for key, own in value.items()}
    return round(value, 4) if isinstance(value, float) else value
