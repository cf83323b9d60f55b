"""From what a bundle says of its backbone to a reader of features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hybrid.encoding.backbone import Backbone
from hybrid.encoding.extras import LOCAL, require
from hybrid.encoding.features import BATCH_TOKENS, FeatureReader
from hybrid.encoding.manifest import BackboneSpec, Setup
from hybrid.encoding.parts import Bundle, LowRank
from hybrid.encoding.shapes import SHAPES
from hybrid.encoding.taps import State
from hybrid.errors import BundleError


def open_reader(
    bundle: Bundle, *, device: str = "auto", dtype: str | None = None, batch_tokens: int = BATCH_TOKENS
) -> FeatureReader:
    """The reader of a bundle, its backbone's weights loaded and held against the heads.

    `dtype` None is the bundle's. Raises BundleError where the backbone is not found, not the bundle's, or does not fit
    the heads; MissingExtra where packages are not installed.
    """
    manifest = bundle.manifest
    reader = read_setup(
        manifest.backbone,
        manifest.setup(),
        adapter=bundle.adapter,
        device=device,
        dtype=dtype or manifest.dtype,
        batch_tokens=batch_tokens,
    )
    _check_widths(bundle, reader)
    return reader


def read_setup(
    spec: BackboneSpec,
    setup: Setup,
    *,
    adapter: Mapping[str, LowRank] | None = None,
    device: str = "auto",
    dtype: str = "float32",
    batch_tokens: int = BATCH_TOKENS,
) -> FeatureReader:
    """A reader without any head: what training starts from. Raises as `open_reader`."""
    require("a backbone", "local", *LOCAL)
    from hybrid.encoding.adapter import merge
    from hybrid.encoding.loading import load_backbone, load_tokenizer
    from hybrid.encoding.weights import resolve

    checkpoint = resolve(spec.sources, sha256=spec.sha256, tokenizer_sha256=spec.tokenizer_sha256)
    if spec.adapter is not None:
        kind = str(checkpoint.config["model_type"])
        merged = merge(checkpoint.tensors, kind, adapter or {}, spec.adapter.scale)
        checkpoint = replace(checkpoint, tensors=merged)
    tokenizer = load_tokenizer(checkpoint, bos=spec.bos)
    backbone = load_backbone(checkpoint, setup.states, device=device, dtype=dtype)
    _check_passage(setup, backbone)
    _check_reach(setup, backbone)
    return FeatureReader(backbone, tokenizer, setup, batch_tokens=batch_tokens)


def _check_passage(setup: Setup, backbone: Backbone) -> None:
    if setup.passage is not None and backbone.widths[State("passage")] != setup.passage.dimensions:
        raise BundleError(
            f"passage.dimensions is {setup.passage.dimensions}, the backbone gives {backbone.widths[State('passage')]}"
        )


def _check_reach(setup: Setup, backbone: Backbone) -> None:
    if backbone.max_tokens is not None and setup.windows.tokens > backbone.max_tokens:
        raise BundleError(
            f"windows.tokens is {setup.windows.tokens}, the backbone takes at most {backbone.max_tokens} tokens"
        )


def _check_widths(bundle: Bundle, reader: FeatureReader) -> None:
    wanted = bundle.mention[0].widths[0]
    if reader.width != wanted:
        taps = ", ".join(bundle.manifest.taps)
        raise BundleError(
            f"bundle {bundle.manifest.name}: its heads take {wanted} numbers, its taps ({taps}) give {reader.width}"
        )
    if bundle.detector is not None and reader.setup.detector is not None:
        width, read = reader.backbone.widths[reader.setup.detector], str(reader.setup.detector)
        spec = bundle.manifest.heads.detector
        if spec is not None and spec.shapes:
            width, read = width + len(SHAPES), f"{read} with the shapes of words"
        if bundle.detector.widths[0] != width:
            raise BundleError(
                f"bundle {bundle.manifest.name}: its detector takes {bundle.detector.widths[0]} numbers, "
                f"{read} gives {width}"
            )
