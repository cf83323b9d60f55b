"""What a bundle says of itself, as frozen data; the JSON form is in manifest_json.py."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybrid.encoding.calibration import Calibration
from hybrid.encoding.protocol import Dimensions
from hybrid.encoding.spans import Windows
from hybrid.encoding.taps import Pool, State, Tap, parse_state, parse_tap
from hybrid.errors import BundleError, HybridError, shorten

FORMAT = 1
DTYPES = ("float32", "bfloat16")
POOLINGS = ("mean", "first", "last")
PINNED = re.compile(r"hub:[^@\s]+@[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class AdapterSpec:
    """A low-rank difference of the backbone: weight of each named module += `scale` · B @ A."""

    scale: float
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BackboneSpec:
    """Where the backbone lies and which one it is; `bos` puts the beginning-of-sequence token before each window."""

    sources: tuple[str, ...]
    sha256: str | None
    tokenizer_sha256: str | None
    bos: bool = False
    adapter: AdapterSpec | None = None


@dataclass(frozen=True, slots=True)
class HeadSpec:
    """Widths from input to output, the activation between layers, and whether the input is standardised."""

    layers: tuple[int, ...]
    activation: str | None = None
    standardise: bool = False


@dataclass(frozen=True, slots=True)
class DetectorSpec:
    """The tagger: the state it reads (`hidden@5`), its widths (the last is 3: O, B, I), and the threshold 0..1.

    `shapes`: it reads the shapes of words beside the state, see `hybrid.encoding.shapes`.
    `passes_over`: what no mention is found in, names of `hybrid.encoding.passed_over`.
    """

    tap: str
    layers: tuple[int, ...]
    threshold: float
    activation: str | None = "relu"
    shapes: bool = False
    passes_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeadSpecs:
    """The bundle's heads; `type` None lets types pass the mention heads' layers with statistics of their own."""

    mention: tuple[HeadSpec, ...]
    type: tuple[HeadSpec, ...] | None = None
    detector: DetectorSpec | None = None


@dataclass(frozen=True, slots=True)
class PassageSpec:
    """How a window becomes a passage vector, and what stands before a question."""

    pooling: Pool
    query_prompt: str | None
    dimensions: int


@dataclass(frozen=True, slots=True)
class Setup:
    """All that turns texts into features, before any head: what a trainer needs and a manifest holds."""

    windows: Windows
    carriers: tuple[str, ...]
    taps: tuple[Tap, ...]
    passage: PassageSpec | None
    detector: State | None = None

    @property
    def states(self) -> tuple[State, ...]:
        """What the backbone must hand over, each once."""
        wanted = [tap.state for tap in self.taps]
        wanted += [State("passage")] if self.passage is not None else []
        wanted += [self.detector] if self.detector is not None else []
        return tuple(dict.fromkeys(wanted))


@dataclass(frozen=True, slots=True)
class Manifest:
    """bundle.json, checked."""

    name: str
    version: str
    licence: str
    backbone: BackboneSpec
    windows: Windows
    carriers: tuple[str, ...]
    taps: tuple[str, ...]
    heads: HeadSpecs
    passage: PassageSpec | None
    dtype: str = "float32"
    planner: Mapping[str, Any] | None = None
    calibration: Calibration | None = None
    training: Mapping[str, Any] | None = None
    fingerprint: str = ""
    format: int = FORMAT

    @property
    def dimensions(self) -> Dimensions:
        """Widths of the vectors this bundle gives."""
        mention = sum(head.layers[-1] for head in self.heads.mention)
        return Dimensions(mention=mention, passage=None if self.passage is None else self.passage.dimensions)

    @property
    def how(self) -> str:
        """The fusion that was chosen for this bundle, in the notation of `how`; `typed` where none was."""
        return "typed" if self.planner is None else str(self.planner["how"])

    def setup(self) -> Setup:
        """How this bundle reads texts. Raises BundleError for a tap that does not follow the notation."""
        detector = self.heads.detector
        return Setup(
            self.windows,
            self.carriers,
            tuple(parse_tap(tap) for tap in self.taps),
            self.passage,
            None if detector is None else parse_state(detector.tap),
        )


def check_manifest(manifest: Manifest, where: str = "bundle.json") -> None:
    """Holds the manifest's parts against each other; raises BundleError."""
    _check_taps(manifest, where)
    for carrier in manifest.carriers:
        if carrier.count("{type}") != 1:
            raise BundleError(f"{where}: a carrier must hold '{{type}}' once, and {shorten(carrier)} does not")
    if manifest.windows.overlap * 2 > manifest.windows.tokens:
        raise BundleError(f"{where}: windows.overlap must be at most half of windows.tokens")
    _check_hashes(manifest.backbone, where)
    mention, types = manifest.heads.mention, manifest.heads.type
    if types is not None and [h.layers[-1] for h in types] != [h.layers[-1] for h in mention]:
        raise BundleError(f"{where}: heads.type must be as many and give the same widths as heads.mention")
    for head in (*mention, *(types or ())):
        if head.layers[0] != mention[0].layers[0]:
            raise BundleError(f"{where}: all heads must take the same width, found {head.layers[0]} beside others")


def is_pinned(sources: Sequence[str]) -> bool:
    """Whether the one source is hub:REPO@COMMIT with the commit's 40 digits, which may stand for hashes."""
    return len(sources) == 1 and PINNED.fullmatch(sources[0]) is not None


def _check_taps(manifest: Manifest, where: str) -> None:
    try:
        manifest.setup()
    except HybridError as error:
        raise BundleError(f"{where}: {error}") from None
    if len(set(manifest.taps)) != len(manifest.taps):
        raise BundleError(f"{where}: a tap stands twice in taps")
    if "passage" in manifest.taps and manifest.passage is None:
        raise BundleError(f"{where}: taps hold 'passage', but passage is null")


def _check_hashes(backbone: BackboneSpec, where: str) -> None:
    pinned = is_pinned(backbone.sources)
    for key in ("sha256", "tokenizer_sha256"):
        if getattr(backbone, key) is None and not pinned:
            raise BundleError(
                f"{where}: backbone.{key} may be null only where the one source is hub:REPO@COMMIT with 40 digits"
            )
