"""The JSON form of bundle.json: reading it key by key, and writing it.

    {"format": 1, "name": "minilm", "version": "1.0.0", "licence": "Apache-2.0",
     "backbone": {"sources": ["package:…", "hub:REPO@REVISION"], "sha256": "…", "tokenizer_sha256": "…", "bos": false,
                  "adapter": null | {"scale": 2.0, "modules": ["encoder.layer.3.attention.self.query", …]}},
     "windows": {"tokens": 256, "overlap": 64}, "carriers": ["{type}", "a {type}"], "taps": ["hidden@5:mean", …],
     "heads": {"mention": [HEAD, …], "type": null | [HEAD, …], "detector": null | DETECTOR},
     "passage": null | {"pooling": "mean", "query_prompt": null, "dimensions": 384}, "dtype": "float32",
     "planner": null | {"how": "min_max(typed=1, dense=.2, lexical=.3)"}, "calibration": null | CALIBRATION,
     "training": null | {…}, "fingerprint": "64 hexadecimal digits"}
    HEAD     = {"layers": [1152, 256], "activation": null | "relu" | "silu" | "gelu" | "tanh", "standardise": true}
    CALIBRATION: see calibration.py
    DETECTOR = {"tap": "hidden@5", "layers": [384, 128, 3], "activation": "relu", "threshold": 0.3,
                "shapes": true, "passes_over": ["addresses", "handles"]}

Every key must be there (null where there is nothing), and no other may be; of the detector alone `activation`,
`shapes` and `passes_over` may be left out and are then "relu", false and none. `sha256` and `tokenizer_sha256` may be
null only where the one source is `hub:REPO@COMMIT` with the commit's 40 digits: then the commit stands for the hash, in
the fingerprint too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from hybrid.encoding.activations import ACTIVATIONS
from hybrid.encoding.calibration import calibration_to_json, parse_calibration
from hybrid.encoding.fields import Fields
from hybrid.encoding.manifest import (
    DTYPES,
    FORMAT,
    POOLINGS,
    AdapterSpec,
    BackboneSpec,
    DetectorSpec,
    HeadSpec,
    HeadSpecs,
    Manifest,
    PassageSpec,
    check_manifest,
)
from hybrid.encoding.passed_over import PASSED_OVER
from hybrid.encoding.spans import Windows
from hybrid.encoding.taps import Pool
from hybrid.errors import BundleError, InvalidHow, shorten
from hybrid.planning.notation import parse_how

SOURCE = re.compile(r"(package|package-parts|gguf|hub|folder):\S.*")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
HASH = re.compile(r"[0-9a-f]{64}")


def parse_manifest(data: object, where: str = "bundle.json") -> Manifest:
    """A manifest from decoded JSON; `where` names the file in messages.

    Raises BundleError naming the key at fault and what was expected.
    """
    top = Fields(data, where)
    _check_format(top)
    manifest = Manifest(
        format=FORMAT,
        name=top.string("name", NAME, "letters, digits, '.', '_' and '-', at most 100"),
        version=top.string("version"),
        licence=top.string("licence"),
        backbone=_backbone(top.nested("backbone")),
        windows=_windows(top.nested("windows")),
        carriers=top.strings("carriers"),
        taps=top.strings("taps"),
        heads=_heads(top.nested("heads")),
        passage=_passage(top.optional_nested("passage")),
        dtype=top.choice("dtype", DTYPES),
        planner=_planner(top.optional_nested("planner")),
        calibration=None if top.is_null("calibration") else parse_calibration(top.nested("calibration")),
        training=top.optional_mapping("training"),
        fingerprint=top.string("fingerprint", HASH, "64 hexadecimal digits"),
    )
    top.done()
    check_manifest(manifest, where)
    return manifest


def describe(manifest: Manifest) -> dict[str, Any]:
    """bundle.json's object, in the order of the format, ready for JSON and for a person to read."""
    backbone, heads, passage = manifest.backbone, manifest.heads, manifest.passage
    adapter, detector = backbone.adapter, heads.detector
    return {
        "format": manifest.format,
        "name": manifest.name,
        "version": manifest.version,
        "licence": manifest.licence,
        "backbone": {
            "sources": list(backbone.sources),
            "sha256": backbone.sha256,
            "tokenizer_sha256": backbone.tokenizer_sha256,
            "bos": backbone.bos,
            "adapter": None if adapter is None else {"scale": adapter.scale, "modules": list(adapter.modules)},
        },
        "windows": {"tokens": manifest.windows.tokens, "overlap": manifest.windows.overlap},
        "carriers": list(manifest.carriers),
        "taps": list(manifest.taps),
        "heads": {
            "mention": [_head_json(head) for head in heads.mention],
            "type": None if heads.type is None else [_head_json(head) for head in heads.type],
            "detector": None
            if detector is None
            else {
                "tap": detector.tap,
                "layers": list(detector.layers),
                "activation": detector.activation,
                "threshold": detector.threshold,
                **({"shapes": True} if detector.shapes else {}),
                **({"passes_over": list(detector.passes_over)} if detector.passes_over else {}),
            },
        },
        "passage": None
        if passage is None
        else {"pooling": passage.pooling, "query_prompt": passage.query_prompt, "dimensions": passage.dimensions},
        "dtype": manifest.dtype,
        "planner": None if manifest.planner is None else dict(manifest.planner),
        "calibration": None if manifest.calibration is None else calibration_to_json(manifest.calibration),
        "training": None if manifest.training is None else dict(manifest.training),
        "fingerprint": manifest.fingerprint,
    }


def _head_json(head: HeadSpec) -> dict[str, Any]:
    return {"layers": list(head.layers), "activation": head.activation, "standardise": head.standardise}


def _check_format(top: Fields) -> None:
    version = top.integer("format", 1)
    if version > FORMAT:
        raise BundleError(
            f"{top.where}: format {version} is newer than what this version of the library reads, {FORMAT}"
        )


def _backbone(fields: Fields) -> BackboneSpec:
    sources = fields.strings("sources")
    for source in sources:
        if not SOURCE.fullmatch(source):
            kinds = "package:, package-parts:, gguf:, hub: or folder:"
            raise BundleError(f"{fields.where}.sources: {shorten(source)} does not begin with {kinds}")
    adapter = fields.optional_nested("adapter")
    spec = BackboneSpec(
        sources=sources,
        sha256=fields.optional_string("sha256", HASH, "64 hexadecimal digits"),
        tokenizer_sha256=fields.optional_string("tokenizer_sha256", HASH, "64 hexadecimal digits"),
        bos=fields.boolean("bos"),
        adapter=None if adapter is None else AdapterSpec(adapter.number("scale"), adapter.strings("modules")),
    )
    if adapter is not None:
        adapter.done()
    return fields.done(spec)


def _windows(fields: Fields) -> Windows:
    return fields.done(Windows(tokens=fields.integer("tokens", 8), overlap=fields.integer("overlap", 0)))


def _head(fields: Fields) -> HeadSpec:
    spec = HeadSpec(
        layers=fields.integers("layers", 2),
        activation=fields.optional_choice("activation", ACTIVATIONS),
        standardise=fields.boolean("standardise"),
    )
    return fields.done(spec)


def _heads(fields: Fields) -> HeadSpecs:
    types = None if fields.is_null("type") else tuple(_head(head) for head in fields.nested_list("type"))
    detector = fields.optional_nested("detector")
    mention = tuple(_head(head) for head in fields.nested_list("mention"))
    return fields.done(HeadSpecs(mention, types, None if detector is None else _detector(detector)))


def _detector(fields: Fields) -> DetectorSpec:
    spec = DetectorSpec(
        tap=fields.string("tap"),
        layers=fields.integers("layers", 2),
        threshold=fields.number("threshold", 0.0, 1.0),
        activation=fields.optional_choice("activation", ACTIVATIONS) if "activation" in fields else "relu",
        shapes=fields.boolean("shapes") if "shapes" in fields else False,
        passes_over=fields.choices("passes_over", PASSED_OVER) if "passes_over" in fields else (),
    )
    if spec.layers[-1] != 3:
        raise BundleError(f"{fields.where}.layers must end in 3, the tags O, B and I, found {spec.layers[-1]}")
    return fields.done(spec)


def _passage(fields: Fields | None) -> PassageSpec | None:
    if fields is None:
        return None
    spec = PassageSpec(
        pooling=cast(Pool, fields.choice("pooling", POOLINGS)),
        query_prompt=fields.optional_string("query_prompt"),
        dimensions=fields.integer("dimensions", 1),
    )
    return fields.done(spec)


def _planner(fields: Fields | None) -> Mapping[str, Any] | None:
    if fields is None:
        return None
    how = fields.string("how")
    try:
        parse_how(how)
    except InvalidHow as error:
        raise BundleError(f"{fields.where}.how: {error}") from None
    return fields.done({"how": how})
