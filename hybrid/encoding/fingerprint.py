"""The fingerprint of a bundle: changes exactly when a vector may change.

It covers the backbone's and the tokenizer's hashes, bos, the adapter with its matrices, windows, carriers, taps, the
mention and type heads with their statistics, and the passage vector. It leaves out the name, version, licence,
sources, dtype, detector (threshold and weights), planner, calibration and training: none of them moves the vector of a
span that is given, so an index outlives a change of any. Where a hash is null, the pinned source stands for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybrid.encoding.manifest import BackboneSpec, Manifest

RECIPE = 1  # raised when the way of computing it changes
COVERED = ("mention.", "type.", "adapter.")


def fingerprint(manifest: Manifest, tensors: Mapping[str, NDArray[Any]]) -> str:
    """64 hexadecimal digits: SHA-256 over the covered parts of `manifest` and the covered `tensors`.

    `tensors` are those of heads.safetensors, by name; values count as little-endian float32, order does not.
    """
    digest = hashlib.sha256(json.dumps(_covered(manifest), sort_keys=True, allow_nan=False).encode())
    for name in sorted(tensors):
        if name.startswith(COVERED):
            values = np.ascontiguousarray(tensors[name], dtype="<f4")
            digest.update(f"\n{name} {values.shape}\n".encode())
            digest.update(values.tobytes())
    return digest.hexdigest()


def _covered(manifest: Manifest) -> dict[str, Any]:
    heads = manifest.heads
    return {
        "recipe": RECIPE,
        "backbone": _backbone(manifest.backbone),
        "windows": asdict(manifest.windows),
        "carriers": list(manifest.carriers),
        "taps": list(manifest.taps),
        "mention": [asdict(head) for head in heads.mention],
        "type": None if heads.type is None else [asdict(head) for head in heads.type],
        "passage": None if manifest.passage is None else asdict(manifest.passage),
    }


def _backbone(backbone: BackboneSpec) -> dict[str, Any]:
    known = backbone.sha256 is not None and backbone.tokenizer_sha256 is not None
    return {
        "sha256": backbone.sha256,
        "tokenizer_sha256": backbone.tokenizer_sha256,
        "pinned": None if known else backbone.sources[0],
        "bos": backbone.bos,
        "adapter": None if backbone.adapter is None else asdict(backbone.adapter),
    }
