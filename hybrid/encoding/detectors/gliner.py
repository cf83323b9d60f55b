"""GLiNER: mentions of kinds of entity that are named in words. Zaratiana et al.: GLiNER, NAACL 2024, arXiv 2311.08526.

Which mentions it finds depends on the labels that it is asked for, before anybody has asked for a type. So the default
ones are broad. Long texts are read in pieces of words that overlap, since a model reads no more words than it was
trained on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

from hybrid.documents import Mention
from hybrid.encoding.checks import check_texts
from hybrid.encoding.detectors.protocol import Mentions
from hybrid.encoding.extras import require
from hybrid.encoding.published import Published, device_of

LABELS = (
    "person",
    "organization",
    "location",
    "facility",
    "event",
    "work of art",
    "product",
    "technology",
    "scientific term",
    "species",
    "disease",
    "law",
    "language",
    "award",
    "date",
)
THRESHOLD = 0.3
WORDS, OVERLAP = 200, 40
BATCH = 32
_WORD = re.compile(r"\w+(?:[-_]\w+)*|\S")

# Texts to what the model finds in each: objects with `start`, `end` (code points) and `score`.
Predict: TypeAlias = Callable[[Sequence[str]], Sequence[Sequence[Mapping[str, Any]]]]


class GLiNERDetector:
    """See `MentionDetector`; mentions do not overlap within a piece of a text."""

    def __init__(
        self,
        name: str,
        model: str,
        labels: Sequence[str] = (),
        *,
        threshold: float | None = None,
        device: str = "auto",
    ) -> None:
        """`model` as `Published` finds it; `labels`: kinds to look for, none for LABELS; `threshold` None: THRESHOLD.

        Raises:
            BundleError: no model is there, or it cannot be loaded.
            MissingExtra: GLiNER is not installed.
        """
        self.name = name
        require(f"the detector {name}", "gliner", "gliner")
        place = device_of(device)
        self._labels = list(labels or LABELS)
        self._threshold = THRESHOLD if threshold is None else threshold

        def build(folder: Any) -> Any:
            from gliner import GLiNER

            return GLiNER.from_pretrained(str(folder), local_files_only=True, map_location=place).eval()

        self._model = Published(model, config="gliner_config.json").load(build, by="transformers")

    def detect(self, texts: Sequence[str]) -> list[Mentions]:
        """See `MentionDetector`."""
        check_texts(texts)
        return detect_in_pieces(texts, self._predict)

    def _predict(self, texts: Sequence[str]) -> Sequence[Sequence[Mapping[str, Any]]]:
        found: Sequence[Sequence[Mapping[str, Any]]] = self._model.inference(
            list(texts), self._labels, threshold=self._threshold, flat_ner=True, batch_size=BATCH
        )
        return found


def detect_in_pieces(texts: Sequence[str], predict: Predict) -> list[Mentions]:
    """The mentions of each text, from pieces that a model can read; a span that several tell has the best score."""
    cut = [(place, start, text[start:end]) for place, text in enumerate(texts) for start, end in pieces(text)]
    best: list[dict[tuple[int, int], float]] = [{} for _ in texts]
    for (place, start, _), found in zip(cut, predict([piece for *_, piece in cut]), strict=True):
        for own in found:
            span = start + int(own["start"]), start + int(own["end"])
            best[place][span] = max(best[place].get(span, 0.0), min(float(own["score"]), 1.0))
    return [tuple(Mention(*span, score=own[span]) for span in sorted(own)) for own in best]


def pieces(text: str, words: int = WORDS, overlap: int = OVERLAP) -> Iterator[tuple[int, int]]:
    """Code points `start:end` of pieces of at most `words` words, of which neighbours share `overlap`."""
    borders = [found.span() for found in _WORD.finditer(text)]
    for first in chain((0,), range(words - overlap, len(borders) - overlap, words - overlap)):
        own = borders[first : first + words]
        if own:
            yield own[0][0], own[-1][1]
