"""The paper authors' projection head as a bundle (NER Retriever, arXiv 2509.04011, section 4; its published code).

Their file is a PyTorch state dict of Linear 1024-500, SiLU, dropout, Linear 500-500 under `net.0` and `net.3`. Some of
their trainers put a gate before it, x · sigmoid(gate) with 1024 learned numbers: as `net.0.gate`, which moves the
linears to `net.1` and `net.4`, or under any other name. A gate scales columns, so it folds exactly into the first
linear's weight: W (g ∘ x) = (W diag(g)) x. The backbone is Llama 3.1 8B, read at the value projection of block 17
(counted from zero) at a span's last token; a type is its words alone; nothing is standardised, and there is no passage
vector.

The backbone's hashes come from its files where it is at hand. A gated model often is not when its head is imported:
then the one source is `hub:REPO@COMMIT` with the commit's 40 digits, the hashes stay null, and the commit stands for
them.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hybrid.documents import Float32
from hybrid.encoding.activations import sigmoid
from hybrid.encoding.bundle import save_bundle
from hybrid.encoding.extras import require
from hybrid.encoding.manifest import BackboneSpec, HeadSpec, HeadSpecs, Manifest, is_pinned
from hybrid.encoding.parts import Bundle, type_heads
from hybrid.encoding.projection import Head, Layer
from hybrid.encoding.spans import Windows
from hybrid.encoding.weights import hash_weights
from hybrid.errors import BundleError, shorten

WIDTH = 1024  # Llama 3.1 8B: 8 key-value heads of 128
TAP = "value@17:last"
WINDOWS = Windows(tokens=512, overlap=128)

_LINEAR = re.compile(r"net\.(\d+)\.weight")


def import_head(
    path: str | os.PathLike[str],
    *,
    out: str | os.PathLike[str],
    name: str,
    sources: Sequence[str],
    sha256: str | None = None,
    tokenizer_sha256: str | None = None,
    version: str = "1.0.0",
    licence: str = "unknown",
    tap: str = TAP,
    width: int = WIDTH,
    dtype: str = "bfloat16",
) -> Bundle:
    """Writes a bundle folder `out` for the head in `path` (.pth) and returns it.

    `sources`: where the backbone lies, as in bundle.json. `sha256`, `tokenizer_sha256`: its hashes. Where both are left
    out the first source is read and hashed, but one that is hub:REPO@COMMIT is not: it is pinned by itself.
    `width`: what `tap` gives and the head takes.
    Raises BundleError for a file that holds anything but such a head, or a source that cannot be read; MissingExtra.
    """
    head = read_head(path, width=width)
    if sha256 is None and tokenizer_sha256 is None and not is_pinned(sources):
        sha256, tokenizer_sha256 = hash_weights(sources[0])
    manifest = Manifest(
        name=name,
        version=version,
        licence=licence,
        backbone=BackboneSpec(tuple(sources), sha256, tokenizer_sha256, bos=True),
        windows=WINDOWS,
        carriers=("{type}",),
        taps=(tap,),
        heads=HeadSpecs((HeadSpec(head.widths, head.activation),)),
        passage=None,
        dtype=dtype,
        training={"imported": Path(path).name, "paper": "arXiv 2509.04011"},
    )
    card = (
        f"# {name}\n\nThe projection head of {Path(path).name} (NER Retriever, arXiv 2509.04011) over `{tap}` of "
        f"{sources[0]}, imported without change. No detector: mentions are given. No passage vector: no dense leg.\n"
    )
    return save_bundle(Bundle(manifest, (head,), type_heads((head,), (None,)), card=card), out)


def read_head(path: str | os.PathLike[str], *, width: int = WIDTH) -> Head:
    """The head of a .pth file with its gate folded in; no code in the file is executed.

    Raises BundleError naming what is there instead of a head that takes `width` numbers; MissingExtra without torch.
    """
    tensors = _load(Path(path))
    places = sorted(int(found[1]) for key in tensors if (found := _LINEAR.fullmatch(key)))
    if places not in ([0, 3], [1, 4]):
        raise _foreign(path, tensors)
    names = [f"net.{place}.{kind}" for place in places for kind in ("weight", "bias")]
    extra = sorted(set(tensors) - set(names))
    if set(names) - set(tensors) or len(extra) > 1 or (places == [1, 4] and extra != ["net.0.gate"]):
        raise _foreign(path, tensors)
    first, second = (Layer(tensors[names[at]], tensors[names[at + 1]]) for at in (0, 2))
    if extra:
        first = fold(first, _gate(path, extra[0], tensors[extra[0]], width))
    try:
        head = Head((first, second), "silu")
    except BundleError as error:
        raise BundleError(f"{path}: {error}") from None
    if head.widths[0] != width:
        raise BundleError(f"{path}: the head takes {head.widths[0]} numbers, expected {width}")
    return head


def fold(layer: Layer, gate: Float32) -> Layer:
    """The linear layer that gives for x what `layer` gives for x · sigmoid(gate); `gate` float32 [in]."""
    return Layer(np.ascontiguousarray(layer.weight * sigmoid(gate)), layer.bias)


def _gate(path: object, name: str, gate: Float32, width: int) -> Float32:
    if gate.size != width or max(gate.shape, default=0) != width:
        raise BundleError(f"{path}: {shorten(name)} has shape {gate.shape}, expected a gate of {width} numbers")
    return gate.reshape(width)


def _load(path: Path) -> dict[str, Float32]:
    require("reading a .pth file", "local", "torch")
    import torch

    try:
        with warnings.catch_warnings(action="ignore"):  # on the pickle's protocol
            found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror or error}") from None
    except Exception as error:  # noqa: BLE001 - a damaged pickle fails in any way
        reason = str(error).partition("\n")[0]
        raise BundleError(f"{path} holds more than weights, or is damaged: {shorten(reason, 200)}") from None
    if not isinstance(found, Mapping):
        raise BundleError(f"{path} holds {type(found).__name__}, expected a state dict with net.0 and net.3")
    return {str(key): _array(path, str(key), value) for key, value in found.items()}


def _array(path: Path, key: str, value: object) -> Float32:
    import torch

    if not isinstance(value, torch.Tensor) or not value.is_floating_point():
        raise BundleError(f"{path}: {shorten(key)} is no tensor of floating point numbers")
    array: Float32 = value.detach().float().contiguous().numpy()
    if not bool(np.isfinite(array).all()):
        raise BundleError(f"{path}: {shorten(key)} holds a number that is not finite")
    return array


def _foreign(path: object, tensors: Mapping[str, Float32]) -> BundleError:
    keys = ", ".join(f"{key} {list(value.shape)}" for key, value in sorted(tensors.items()))
    return BundleError(
        f"{path} holds {shorten(keys, 300) if keys else 'nothing'}, expected net.0 and net.3 (weight and bias), "
        "and at most a gate beside them"
    )
