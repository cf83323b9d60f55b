"""Another bundle's fusion, calibration and operating point, for one that was trained on the types they are chosen by.

What is chosen on tasks whose types were trained on leans on them too much. So a bundle for use takes over what a
zero-shot run of the same backbone has chosen, and tells that run's figures beside its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybrid.encoding.bundle import load_bundle
from hybrid.encoding.factory import locate
from hybrid.encoding.manifest import Manifest
from hybrid.errors import InvalidInput
from hybrid.training.config import TrainingConfig
from hybrid.training.detector import Point
from hybrid.training.recipes import Recipe

TOLD = ("command", "seed", "soup", "zero_shot", "sources", "tuning", "measured")


def open_decided(config: TrainingConfig, recipe: Recipe) -> Manifest | None:
    """The manifest of the bundle that decides; None where none shall.

    Raises:
        InvalidInput: it cannot decide for this training, or this one needs no other to decide.
        BundleError: it is no sound bundle.
    """
    if config.decided is None:
        if not config.zero_shot and config.dev is not None and config.measure:
            raise InvalidInput(
                "fusion and calibration would be chosen on types that are trained on; expected --decided with the "
                "bundle of a zero-shot run, or --no-measure"
            )
        return None
    if config.zero_shot or config.dev is None:
        raise InvalidInput("another bundle decides only for a run with --no-zero-shot and --dev")
    manifest = load_bundle(locate(config.decided)).manifest
    own = recipe.backbone
    if (manifest.backbone.sha256, manifest.taps, manifest.passage) != (own.sha256, recipe.taps, recipe.passage):
        raise InvalidInput(f"bundle {manifest.name} reads another backbone or other taps than recipe {config.recipe}")
    training = manifest.training or {}
    if not training.get("zero_shot", True) or training.get("decided") or "measured" not in training:
        raise InvalidInput(f"bundle {manifest.name} does not come of a zero-shot run that measured")
    if config.detector_data is not None and "detector" not in training["measured"]:
        raise InvalidInput(f"bundle {manifest.name} does not tell the operating point of a detector")
    return manifest


def point_of(manifest: Manifest) -> Point:
    """The threshold and margin that the detector was given by training."""
    measured = (manifest.training or {})["measured"]["detector"]
    return float(measured["threshold"]), float(measured["margin"])


def chosen_for_retrieval(manifest: Manifest) -> bool:
    """Whether that point was chosen on DEV tasks."""
    return bool((manifest.training or {})["measured"]["detector"].get("for_retrieval"))


def told_of(manifest: Manifest) -> dict[str, Any]:
    """What a bundle tells of the run that decided for it."""
    training: Mapping[str, Any] = manifest.training or {}
    told = {key: training.get(key) for key in TOLD}
    return {"name": manifest.name, "fingerprint": manifest.fingerprint, **told}
