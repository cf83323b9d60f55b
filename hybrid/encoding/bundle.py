"""A bundle on disk: a folder with bundle.json, heads.safetensors and README.md (the model card). Never a pickle.

The types that it was taught by (`training.types` of a manifest, ten thousand where WordNet taught) lie in a file of
their own beside them, types.json, so that bundle.json can be read by people.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from hybrid.encoding.extras import require
from hybrid.encoding.fingerprint import fingerprint
from hybrid.encoding.manifest import Manifest, check_manifest
from hybrid.encoding.manifest_json import describe, parse_manifest
from hybrid.encoding.parts import Bundle, LowRank, assemble, tensors_of
from hybrid.errors import BundleError

__all__ = ["Bundle", "LowRank", "describe", "load_bundle", "read_manifest", "save_bundle", "seal"]

MANIFEST, TENSORS, CARD, TYPES = "bundle.json", "heads.safetensors", "README.md", "types.json"


def read_manifest(folder: str | os.PathLike[str]) -> Manifest:
    """bundle.json of a bundle's folder, and types.json where there is one, checked, without touching its weights.

    Raises BundleError.
    """
    path, types = Path(folder) / MANIFEST, Path(folder) / TYPES
    manifest = parse_manifest(_read_json(path), str(path))
    if not types.exists():
        return manifest
    return replace(manifest, training={**(manifest.training or {}), "types": _read_json(types)})


def load_bundle(folder: str | os.PathLike[str]) -> Bundle:
    """A bundle's folder, read and checked whole.

    Raises BundleError for a damaged, foreign or newer bundle, or a fingerprint that does not fit the content;
    MissingExtra where safetensors is not installed.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    tensors = _read_tensors(folder / TENSORS)
    bundle = assemble(manifest, tensors, _read_card(folder / CARD), str(folder / TENSORS))
    found = fingerprint(manifest, tensors)
    if found != manifest.fingerprint:
        raise BundleError(
            f"{folder}: {MANIFEST} states fingerprint {manifest.fingerprint[:12]}…, but the content has {found[:12]}…"
        )
    return bundle


def seal(bundle: Bundle) -> Bundle:
    """The bundle with the fingerprint of its content. Raises BundleError where its parts contradict each other."""
    manifest = bundle.manifest
    check_manifest(manifest, manifest.name)
    if manifest.heads.type is None and not _share_layers(bundle):
        raise BundleError(f"{manifest.name}: heads.type is null, but the type heads have layers of their own")
    tensors = tensors_of(bundle)
    assemble(manifest, tensors, bundle.card, manifest.name)
    sealed = replace(manifest, fingerprint=fingerprint(manifest, tensors))
    return replace(bundle, manifest=parse_manifest(describe(sealed), manifest.name))


def save_bundle(bundle: Bundle, folder: str | os.PathLike[str]) -> Bundle:
    """Writes a bundle and returns it sealed; a bundle that stands there is replaced as a whole.

    Raises BundleError where the bundle contradicts itself, where something else than a bundle stands at `folder`, or
    where it cannot be written; MissingExtra where safetensors is not installed.
    """
    require("a bundle's weights", "local", "safetensors")
    target = Path(os.path.realpath(folder))  # where a link leads, so that the link stays one
    bundle = seal(bundle)
    try:
        if target.exists() and not _may_replace(target):
            raise BundleError(f"{target} stands in the way: it is no bundle")
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as temporary:
            new, old = Path(temporary) / "new", Path(temporary) / "old"
            _write(bundle, new)
            _swap(new, target, old)
    except OSError as error:
        raise BundleError(f"{target} cannot be written: {error.strerror}") from None
    return bundle


def _may_replace(target: Path) -> bool:
    return target.is_dir() and ((target / MANIFEST).is_file() or not any(target.iterdir()))


def _swap(new: Path, target: Path, old: Path) -> None:
    if not target.exists():
        new.rename(target)
        return
    target.rename(old)
    try:
        new.rename(target)
    except BaseException:
        old.rename(target)
        raise


def _share_layers(bundle: Bundle) -> bool:
    if len(bundle.mention) != len(bundle.type):
        return False
    pairs = [
        (own, shared)
        for types, mentions in zip(bundle.type, bundle.mention, strict=True)
        for own, shared in zip(types.layers, mentions.layers, strict=False)
    ]
    return all(np.array_equal(a.weight, b.weight) and np.array_equal(a.bias, b.bias) for a, b in pairs)


def _write(bundle: Bundle, folder: Path) -> None:
    from safetensors.numpy import save

    folder.mkdir()
    # Its own `save_file` leaves a file that nobody but its owner may read.
    (folder / TENSORS).write_bytes(save({name: np.ascontiguousarray(v) for name, v in tensors_of(bundle).items()}))
    (folder / CARD).write_text(bundle.card, encoding="utf-8")
    told = describe(bundle.manifest)
    training = dict(told.get("training") or {})
    if types := training.pop("types", None):
        (folder / TYPES).write_bytes(orjson.dumps(types, option=orjson.OPT_APPEND_NEWLINE))
        told = {**told, "training": training}
    text = orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    (folder / MANIFEST).write_bytes(text)


def _read_json(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise BundleError(f"{path.parent} is no bundle: it holds no {path.name}") from None
    except orjson.JSONDecodeError as error:
        raise BundleError(f"{path} is not JSON: {error}") from None
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from None


def _read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    require("a bundle's weights", "local", "safetensors")
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return dict(load(path.read_bytes()))
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from None
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{path} is damaged or no safetensors file: {error}") from None


def _read_card(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"{path} cannot be read as text: {error}") from None
