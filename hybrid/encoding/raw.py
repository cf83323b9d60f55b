"""One tap of a published backbone without any head: what the heads start from (NER Retriever, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hybrid.documents import Float32
from hybrid.encoding.checks import Span
from hybrid.encoding.features import FeatureReader
from hybrid.encoding.manifest import Manifest, Setup
from hybrid.encoding.opening import read_setup
from hybrid.encoding.projection import unit
from hybrid.encoding.taps import parse_tap
from hybrid.errors import BundleError


class RawEncoder:
    """Mentions and types to a tap's vectors at unit length, read by a bundle's windows and carriers.

    The backbone is the published one, without the bundle's low-rank difference; nothing is standardised.
    """

    def __init__(self, manifest: Manifest, tap: str | None = None, *, device: str = "auto") -> None:
        """`tap`: `value@3:mean`; None is the bundle's first tap of values.

        Raises BundleError for a bundle without such a tap, a tap that the backbone does not have, or a backbone that is
        not found; MissingExtra.
        """
        self.tap = tap or _first_value(manifest)
        read = parse_tap(self.tap)
        if read.pool is None:
            raise BundleError("the tap 'passage' is no vector of a mention; expected one such as 'value@3:mean'")
        setup = Setup(manifest.windows, manifest.carriers, (read,), None)
        self._reader: FeatureReader = read_setup(
            replace(manifest.backbone, adapter=None), setup, device=device, dtype=manifest.dtype
        )

    def mentions(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> tuple[list[list[Span]], Float32]:
        """The spans of each text that meet a token, and the vectors of all of them one after another, float32 [m, d].

        Raises EncoderError with the text's position for a span that does not lie within its text.
        """
        found = self._reader.read(texts, spans)
        kept = [[(mention.start, mention.end) for mention in features.mentions] for features in found]
        rows = [features.mention_features for features in found]
        return kept, unit(np.concatenate(rows)) if any(kept) else np.zeros((0, self._reader.width), np.float32)

    def types(self, types: Sequence[str]) -> Float32:
        """[n, d]: the mean of each type's unit vectors over the carriers, at unit length."""
        features = self._reader.types(types)
        vectors = unit(features.reshape(-1, features.shape[-1])).reshape(features.shape)
        return unit(vectors.mean(axis=0))


def _first_value(manifest: Manifest) -> str:
    for tap in manifest.taps:
        if parse_tap(tap).kind == "value":
            return tap
    raise BundleError(f"bundle {manifest.name} reads no values; name a tap, such as values:value@3:mean")
