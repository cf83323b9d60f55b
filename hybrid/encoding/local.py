"""The encoder that runs on this machine: a bundle, its backbone, one pass for everything."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from hybrid.documents import Encoding, Float32
from hybrid.encoding.bundle import Bundle, load_bundle, read_manifest, seal
from hybrid.encoding.calibration import Calibration
from hybrid.encoding.checks import Span, check_spans, check_texts
from hybrid.encoding.detection import Detector
from hybrid.encoding.features import BATCH_TOKENS, FeatureReader, Features
from hybrid.encoding.manifest import DTYPES, Manifest
from hybrid.encoding.opening import open_reader
from hybrid.encoding.projection import project, unit
from hybrid.encoding.protocol import Dimensions
from hybrid.errors import BundleError, EncoderError, InvalidInput

log = logging.getLogger(__name__)


class LocalEncoder:
    """`Encoder` on this machine. Made without loading a weight; the first text loads them. Safe between threads."""

    def __init__(
        self,
        bundle: Bundle | str | os.PathLike[str],
        *,
        device: str = "auto",
        dtype: str | None = None,
        threshold: float | None = None,
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        """`bundle`: one in memory, or the folder of one.

        `device`: auto, cpu, cuda or mps. `dtype`: float32, bfloat16, or None for the bundle's. `threshold`: the
        detector's, 0..1, or None for the bundle's. `batch_tokens`: tokens a pass, padding included.
        Raises BundleError for a folder that is no bundle, InvalidInput for an option out of range.
        """
        load: Callable[[], Bundle]
        if isinstance(bundle, Bundle):
            sealed = seal(bundle)
            self.manifest, load = sealed.manifest, lambda: sealed
        else:
            folder = Path(bundle)
            self.manifest, load = read_manifest(folder), lambda: _load_same(folder, self.manifest)
        _check_options(dtype, threshold, batch_tokens)
        self._load, self._lock = load, Lock()
        self._device, self._dtype, self._batch_tokens = device, dtype or self.manifest.dtype, batch_tokens
        self._threshold = threshold
        self._loaded: _Loaded | None = None
        self.warnings = _warnings(self.manifest, self._dtype)
        for warning in self.warnings:
            log.warning(warning)

    @property
    def name(self) -> str:
        """The bundle's name."""
        return self.manifest.name

    @property
    def fingerprint(self) -> str:
        """The bundle's fingerprint."""
        return self.manifest.fingerprint

    @property
    def dimensions(self) -> Dimensions:
        """Widths of mention and passage vectors."""
        return self.manifest.dimensions

    @property
    def how(self) -> str:
        """The fusion that was chosen for this bundle, in the notation of `how`; `typed` where none was."""
        return self.manifest.how

    @property
    def calibration(self) -> Calibration | None:
        """Cosine to the probability that a mention is of the asked type; None where none was learned."""
        return self.manifest.calibration

    def encode(self, texts: Sequence[str], spans: Sequence[Sequence[Span] | None] | None = None) -> list[Encoding]:
        """One `Encoding` a text; `spans` holds per text the given mentions, or None to detect them.

        Raises EncoderError with the text's position for a text or a span that cannot be used, or for a text without
        spans where the bundle has no detector; BundleError, MissingExtra when the weights cannot be loaded.
        """
        check_texts(texts)
        given = check_spans(texts, spans)
        if self.manifest.heads.detector is None and None in given:
            raise EncoderError(
                f"bundle {self.name} has no detector, so mentions must be given", position=given.index(None)
            )
        if not texts:
            return []
        loaded = self._weights()
        found = loaded.reader.read(texts, given, detector=loaded.detector)
        heads = loaded.bundle.mention
        vectors = project(heads, np.concatenate([features.mention_features for features in found]))
        borders = np.cumsum([len(features.mentions) for features in found])[:-1]
        return [_encoding(*pair) for pair in zip(found, np.split(vectors, borders), strict=True)]

    def encode_types(self, types: Sequence[str]) -> Float32:
        """[n, mention]: the mean of each type's unit vectors over the carriers, at unit length.

        Raises EncoderError with the type's position where it holds no token.
        """
        check_texts(types)
        if not types:
            return np.zeros((0, self.dimensions.mention), dtype=np.float32)
        loaded = self._weights()
        features = loaded.reader.types(types)
        vectors = project(loaded.bundle.type, features.reshape(-1, features.shape[-1]))
        return unit(vectors.reshape(len(features), len(types), -1).mean(axis=0))

    def encode_passages(self, texts: Sequence[str]) -> Float32:
        """[n, passage]: a text in several windows becomes the mean of their unit vectors, at unit length.

        Raises EncoderError where the bundle has no passage vector, and with its position for a text without a token.
        """
        if self.manifest.passage is None:
            raise EncoderError(f"bundle {self.name} has no passage vector, so there is no dense leg")
        check_texts(texts)
        if not texts:
            return np.zeros((0, self.manifest.passage.dimensions), dtype=np.float32)
        found = self._weights().reader.read(texts, [()] * len(texts))
        rows = []
        for position, features in enumerate(found):
            if features.passage_vectors is None or not len(features.passage_vectors):
                raise EncoderError("no token of the text is known to the tokenizer", position=position)
            rows.append(unit(features.passage_vectors).mean(axis=0))
        return unit(np.stack(rows))

    def encode_queries(self, texts: Sequence[str]) -> Float32:
        """[n, passage]: texts behind the bundle's query prompt, where it has one. Raises as `encode_passages`."""
        check_texts(texts)
        passage = self.manifest.passage
        prompt = (passage.query_prompt or "") if passage is not None else ""
        return self.encode_passages([prompt + text for text in texts])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of every text, without those that stand around it. Raises as `encode` for what is no text."""
        check_texts(texts)
        found = self._weights().reader.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [len(own.ids) for own in found]

    def _weights(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                bundle = self._load()
                reader = open_reader(bundle, device=self._device, dtype=self._dtype, batch_tokens=self._batch_tokens)
                self._loaded = _Loaded(bundle, reader, self._threshold)
            return self._loaded


class _Loaded:
    """Weights in memory, and the detector over them."""

    def __init__(self, bundle: Bundle, reader: FeatureReader, threshold: float | None) -> None:
        self.bundle, self.reader = bundle, reader
        spec = bundle.manifest.heads.detector
        self.detector: Detector | None = None
        if bundle.detector is not None and spec is not None:
            chosen = spec.threshold if threshold is None else threshold
            self.detector = Detector(bundle.detector, chosen, spec.shapes, spec.passes_over)


def _encoding(features: Features, vectors: Float32) -> Encoding:
    return Encoding(
        passages=features.passages,
        passage_vectors=None if features.passage_vectors is None else unit(features.passage_vectors),
        mentions=features.mentions,
        mention_vectors=np.ascontiguousarray(vectors),
        refused=features.refused,
    )


def _load_same(folder: Path, manifest: Manifest) -> Bundle:
    bundle = load_bundle(folder)
    if bundle.manifest.fingerprint != manifest.fingerprint:
        raise BundleError(f"{folder} was changed since it was opened: it now has another fingerprint")
    return bundle


def _check_options(dtype: str | None, threshold: float | None, batch_tokens: int) -> None:
    if dtype is not None and dtype not in DTYPES:
        raise InvalidInput(f"dtype must be one of {', '.join(DTYPES)}, found {dtype!r}")
    if threshold is not None and not 0.0 <= threshold <= 1.0:
        raise InvalidInput(f"threshold must be from 0 to 1, found {threshold!r}")
    if batch_tokens < 1:
        raise InvalidInput(f"batch_tokens must be at least 1, found {batch_tokens!r}")


def _warnings(manifest: Manifest, dtype: str) -> tuple[str, ...]:
    if dtype == manifest.dtype:
        return ()
    return (f"bundle {manifest.name} was made in {manifest.dtype} and runs in {dtype}: vectors differ slightly",)
