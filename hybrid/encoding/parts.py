"""A bundle in memory, and its weights as named tensors.

Tensors of heads.safetensors, all of them and no other (float32, or float16 for an adapter):

    mention.I.layers.J.weight [out, in]     mention.I.layers.J.bias [out]     head I of heads.mention, its layer J
    mention.I.mean [in]                     mention.I.std [in]                where that head standardises
    type.I.mean [in]                        type.I.std [in]                   the types' own statistics, likewise
    type.I.layers.J.weight                  type.I.layers.J.bias              only where heads.type is not null
    detector.layers.J.weight                detector.layers.J.bias            where there is a detector
    adapter.MODULE.A [rank, in]             adapter.MODULE.B [out, rank]      weight of MODULE += scale · B @ A

heads.type null: types pass through the mention heads' layers after statistics of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import EMPTY, Float32
from hybrid.encoding.manifest import HeadSpec, Manifest
from hybrid.encoding.projection import Head, Layer, Standardisation
from hybrid.errors import BundleError, shorten


@dataclass(frozen=True, slots=True, eq=False)
class LowRank:
    """A difference of one weight: `a` [rank, in], `b` [out, rank], float32 or float16."""

    a: NDArray[Any]
    b: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A manifest with its weights.

    `mention` and `type` are as many heads and take the same features; `type` shares the mention heads' layers where
    `manifest.heads.type` is None. `adapter` maps modules of the backbone to their differences. `card` is README.md.
    """

    manifest: Manifest
    mention: tuple[Head, ...]
    type: tuple[Head, ...]
    detector: Head | None = None
    adapter: Mapping[str, LowRank] = field(default_factory=lambda: EMPTY)
    card: str = ""


def type_heads(mention: Sequence[Head], statistics: Sequence[Standardisation | None]) -> tuple[Head, ...]:
    """The mention heads' layers behind the types' own statistics: what `heads.type` null means."""
    pairs = zip(mention, statistics, strict=True)
    return tuple(Head(head.layers, head.activation, own) for head, own in pairs)


def tensors_of(bundle: Bundle) -> dict[str, NDArray[Any]]:
    """What heads.safetensors holds, by name."""
    out: dict[str, NDArray[Any]] = {}
    separate = bundle.manifest.heads.type is not None
    for side, heads in (("mention", bundle.mention), ("type", bundle.type)):
        for place, head in enumerate(heads):
            if side == "mention" or separate:
                out |= _layer_tensors(f"{side}.{place}", head)
            if head.standardisation is not None:
                out[f"{side}.{place}.mean"] = head.standardisation.mean
                out[f"{side}.{place}.std"] = head.standardisation.std
    if bundle.detector is not None:
        out |= _layer_tensors("detector", bundle.detector)
    for module, difference in bundle.adapter.items():
        out[f"adapter.{module}.A"], out[f"adapter.{module}.B"] = difference.a, difference.b
    return out


def assemble(manifest: Manifest, tensors: Mapping[str, NDArray[Any]], card: str, where: str) -> Bundle:
    """A bundle from its named tensors; `where` names their file in messages.

    Raises BundleError naming tensors that are missing, unknown, of another shape or type, or not finite.
    """
    take = _Tensors(tensors, where)
    specs = manifest.heads
    mention = tuple(take.head(f"mention.{place}", spec) for place, spec in enumerate(specs.mention))
    if specs.type is None:
        stats = [take.statistics(f"type.{place}", spec) for place, spec in enumerate(specs.mention)]
        types = type_heads(mention, stats)
    else:
        types = tuple(take.head(f"type.{place}", spec) for place, spec in enumerate(specs.type))
    detector = None
    if specs.detector is not None:
        detector = take.head("detector", HeadSpec(specs.detector.layers, specs.detector.activation))
    adapter = manifest.backbone.adapter
    differences = {module: take.low_rank(module) for module in (adapter.modules if adapter else ())}
    take.done()
    return Bundle(manifest, mention, types, detector, differences, card)


class _Tensors:
    """Tensors by name; remembers which were taken, so that `done` can name the others."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]], where: str) -> None:
        self._tensors, self._where, self._taken = tensors, where, set[str]()

    def take(self, name: str, shape: tuple[int, ...] | None = None, *, half: bool = False) -> NDArray[Any]:
        self._taken.add(name)
        if name not in self._tensors:
            raise BundleError(f"{self._where}: the tensor {name} is missing")
        found = self._tensors[name]
        if found.dtype != np.float32 and not (half and found.dtype == np.float16):
            raise BundleError(f"{self._where}: the tensor {name} is {found.dtype}, expected float32")
        if shape is not None and found.shape != shape:
            raise BundleError(f"{self._where}: the tensor {name} has shape {found.shape}, expected {shape}")
        if not bool(np.isfinite(found).all()):
            raise BundleError(f"{self._where}: the tensor {name} holds a number that is not finite")
        return found

    def head(self, prefix: str, spec: HeadSpec) -> Head:
        layers = []
        for place, (width_in, width_out) in enumerate(pairwise(spec.layers)):
            weight = self.take(f"{prefix}.layers.{place}.weight", (width_out, width_in))
            layers.append(Layer(weight, self.take(f"{prefix}.layers.{place}.bias", (width_out,))))
        return Head(tuple(layers), spec.activation, self.statistics(prefix, spec))

    def statistics(self, prefix: str, spec: HeadSpec) -> Standardisation | None:
        if not spec.standardise:
            return None
        width = (spec.layers[0],)
        std = self.take(f"{prefix}.std", width)
        if not bool((std > 0).all()):
            raise BundleError(f"{self._where}: the tensor {prefix}.std must be above 0 everywhere")
        return Standardisation(self.take(f"{prefix}.mean", width), std)

    def low_rank(self, module: str) -> LowRank:
        a = self.take(f"adapter.{module}.A", half=True)
        b = self.take(f"adapter.{module}.B", half=True)
        if a.ndim != 2 or b.ndim != 2 or a.shape[0] != b.shape[1]:
            raise BundleError(
                f"{self._where}: adapter.{module}.A and .B have shapes {a.shape} and {b.shape}, "
                "expected [rank, in] and [out, rank]"
            )
        return LowRank(a, b)

    def done(self) -> None:
        unknown: Iterable[str] = sorted(set(self._tensors) - self._taken)
        if unknown:
            raise BundleError(f"{self._where}: unknown tensors {shorten(', '.join(unknown))}")


def _layer_tensors(prefix: str, head: Head) -> dict[str, Float32]:
    out = {}
    for place, layer in enumerate(head.layers):
        out[f"{prefix}.layers.{place}.weight"] = layer.weight
        out[f"{prefix}.layers.{place}.bias"] = layer.bias
    return out
