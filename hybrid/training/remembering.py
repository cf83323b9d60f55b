"""Features that were read are kept in a folder, so that a training that was cut off, or is run again, reads on.

A file holds what was asked for at once, named by the SHA-256 of the request and of all that its answer depends on: the
backbone's and tokenizer's hashes, taps, windows, carriers, texts and spans; a detector moves none of it. A file that is
damaged is read anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import orjson
from numpy.typing import NDArray

from hybrid.documents import Float32, Mention
from hybrid.encoding.checks import Span
from hybrid.encoding.detection import Detector
from hybrid.encoding.features import FeatureReader, Features
from hybrid.encoding.manifest import BackboneSpec
from hybrid.errors import InvalidFile


class RememberingReader(FeatureReader):
    """A reader that keeps features of given spans and of types; it keeps no passages, tokens or detected mentions."""

    def __init__(self, reader: FeatureReader, spec: BackboneSpec, folder: Path, adapter: str | None = None) -> None:
        """`spec` tells which backbone `reader` has, `adapter` (a hash) which difference is merged into it.

        Raises InvalidFile where the folder cannot be made.
        """
        super().__init__(reader.backbone, reader.tokenizer, reader.setup)
        self._reader, self._folder = reader, folder
        setup = asdict(replace(reader.setup, detector=None))
        own = [spec.sources, spec.sha256, spec.tokenizer_sha256, spec.bos, setup, reader.backbone.dtype]
        if adapter is not None:
            own.append(adapter)
        self._own = orjson.dumps(own)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidFile(f"cannot be made ({error.strerror}); expected a folder", file=str(folder)) from error

    def read(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[Span] | None] | None = None,
        *,
        detector: Detector | None = None,
        tokens: bool = False,
    ) -> list[Features]:
        """As the reader gives them; where every text's spans are given, mentions and their features alone."""
        if spans is None or any(own is None for own in spans) or detector is not None or tokens:
            return self._reader.read(texts, spans, detector=detector, tokens=tokens)
        path = self._path([list(texts), [list(own or ()) for own in spans]])
        kept = _load(path)
        if kept is None:
            found = self._reader.read(texts, spans)
            rows = [(at, own.start, own.end) for at, one in enumerate(found) for own in one.mentions]
            kept = {
                "features": np.concatenate(
                    [np.zeros((0, self.width), np.float32), *(o.mention_features for o in found)]
                ),
                "rows": np.array(rows, dtype=np.int64).reshape(-1, 3),
            }
            _save(path, kept)
        return _features(len(texts), kept["rows"], kept["features"])

    def types(self, types: Sequence[str]) -> Float32:
        """As the reader gives them."""
        path = self._path(["types", list(types)])
        kept = _load(path)
        if kept is None:
            kept = {"features": self._reader.types(types)}
            _save(path, kept)
        return kept["features"]

    def _path(self, asked: object) -> Path:
        return self._folder / f"{sha256(self._own + orjson.dumps(asked)).hexdigest()}.npz"


def _features(count: int, rows: NDArray[np.int64], features: Float32) -> list[Features]:
    starts = np.searchsorted(rows[:, 0], np.arange(count + 1))
    out = []
    for first, end in pairwise(starts.tolist()):
        mentions = tuple(Mention(int(start), int(stop)) for _, start, stop in rows[first:end])
        out.append(Features((), None, mentions, features[first:end]))
    return out


def _load(path: Path) -> dict[str, NDArray[Any]] | None:
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, BadZipFile):
        return None


def _save(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Whole or not at all, whenever the run is cut off."""
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    new.replace(path)
