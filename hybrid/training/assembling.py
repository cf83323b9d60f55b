"""From what was trained to a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybrid.encoding.manifest import DetectorSpec, HeadSpec, HeadSpecs, Manifest
from hybrid.encoding.parts import Bundle, type_heads
from hybrid.encoding.projection import Head
from hybrid.training.card import model_card
from hybrid.training.config import DetectorReport
from hybrid.training.heads import HeadData
from hybrid.training.recipes import Recipe
from hybrid.training.trained import Trained


def assemble(
    recipe: Recipe,
    data: HeadData,
    trained: Trained,
    detector: Head | None,
    found: DetectorReport | None,
    training: Mapping[str, Any],
    decided: Manifest | None,
) -> Bundle:
    """The bundle and its card, with fusion and calibration of `decided`; without it they are learned later."""
    spec = None
    if detector is not None and found is not None:
        own = recipe.detector
        spec = DetectorSpec(own.tap, detector.widths, found.threshold, detector.activation, own.shapes, own.passes_over)
    head = trained.head
    manifest = Manifest(
        name=recipe.name,
        version=recipe.version,
        licence=recipe.licence,
        backbone=trained.backbone(recipe.backbone),
        windows=recipe.windows,
        carriers=recipe.carriers,
        taps=recipe.taps,
        heads=HeadSpecs((HeadSpec(head.widths, head.activation, standardise=True),), None, spec),
        passage=recipe.passage,
        planner=None if decided is None else decided.planner,
        calibration=None if decided is None else decided.calibration,
        training=training,
    )
    return Bundle(
        manifest, (head,), type_heads([head], [data.type]), detector, trained.adapter, card=model_card(manifest)
    )
