"""A bundle's own detector, without its vectors."""

from __future__ import annotations

from collections.abc import Sequence

from hybrid.encoding.detectors.protocol import Mentions
from hybrid.encoding.extras import LOCAL, require
from hybrid.encoding.factory import locate
from hybrid.errors import BundleError

CHUNK = 1024


class BundleDetector:
    """See `MentionDetector`; mentions do not overlap."""

    def __init__(self, name: str, bundle: str, *, threshold: float | None = None, device: str = "auto") -> None:
        """`bundle`: a shipped one's name, or a folder; `threshold` None is the bundle's.

        Raises:
            BundleError: it is no bundle, or one without a detector.
            MissingExtra: the packages of `local` are not installed.
        """
        self.name = name
        folder = locate(bundle)
        require(f"the detector {name}", "local", *LOCAL)
        from hybrid.encoding.local import LocalEncoder

        self._encoder = LocalEncoder(folder, device=device, threshold=threshold)
        if self._encoder.manifest.heads.detector is None:
            raise BundleError(f"bundle {self._encoder.name} has no detector")

    def detect(self, texts: Sequence[str]) -> list[Mentions]:
        """See `MentionDetector`."""
        chunks = (texts[first : first + CHUNK] for first in range(0, len(texts), CHUNK))
        return [found.mentions for chunk in chunks for found in self._encoder.encode(chunk)]
