"""The entities that a spaCy pipeline finds (`doc.ents`). https://spacy.io"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hybrid.documents import Mention
from hybrid.encoding.checks import check_texts
from hybrid.encoding.detectors.protocol import Mentions
from hybrid.encoding.extras import require
from hybrid.errors import BundleError, shorten


class SpacyDetector:
    """See `MentionDetector`; mentions do not overlap, and have no score: spaCy's recogniser tells none."""

    def __init__(self, name: str, model: str) -> None:
        """`model`: the name of an installed pipeline, or the folder of one.

        Raises:
            BundleError: there is none, or it cannot be loaded.
            MissingExtra: spaCy is not installed.
        """
        self.name = name
        require(f"the detector {name}", "spacy", "spacy")
        self._pipeline = _load(model)

    def detect(self, texts: Sequence[str]) -> list[Mentions]:
        """See `MentionDetector`."""
        check_texts(texts)
        found = self._pipeline.pipe(texts)
        return [tuple(Mention(own.start_char, own.end_char) for own in document.ents) for document in found]


def _load(model: str) -> Any:
    import spacy

    try:
        return spacy.load(model)
    except Exception as error:  # a stranger's pipeline fails in any way
        reason = shorten(str(error).partition("\n")[0], 300)
        raise BundleError(f"{shorten(model)} cannot be loaded by spaCy: {reason}") from error
