"""A detector's name to the detector: the one place that knows the implementations."""

from __future__ import annotations

from collections.abc import Callable

from hybrid.encoding.detectors.notation import DetectorName, parse_detector
from hybrid.encoding.detectors.protocol import MentionDetector
from hybrid.errors import InvalidInput, shorten


def open_detector(text: str, *, device: str = "auto") -> MentionDetector:
    """The detector of a name (see `notation`); its model is looked for at once.

    `device`: auto, cpu, cuda or mps; a spaCy pipeline runs where spaCy was told to.

    Raises:
        InvalidInput: no detector is called so, or it does not take what stands in brackets.
        BundleError: no model is where the name says, or it detects no mentions.
        MissingExtra: the detector's package is not installed.
    """
    name = parse_detector(text)
    if name.kind not in KINDS:
        known = ", ".join(f"{kind}:MODEL" for kind in KINDS)
        raise InvalidInput(f"no detector is called {shorten(text)}; known are {known}")
    return KINDS[name.kind](text.strip(), name, device)


def _bundle(text: str, name: DetectorName, device: str) -> MentionDetector:
    from hybrid.encoding.detectors.bundle import BundleDetector

    _check_no_labels(text, name)
    return BundleDetector(text, name.model, threshold=name.threshold, device=device)


def _hugging_face(text: str, name: DetectorName, device: str) -> MentionDetector:
    from hybrid.encoding.detectors.hugging_face import TokenClassifier

    _check_no_labels(text, name)
    return TokenClassifier(text, name.model, threshold=name.threshold, device=device)


def _gliner(text: str, name: DetectorName, device: str) -> MentionDetector:
    from hybrid.encoding.detectors.gliner import GLiNERDetector

    return GLiNERDetector(text, name.model, name.labels, threshold=name.threshold, device=device)


def _spacy(text: str, name: DetectorName, device: str) -> MentionDetector:
    from hybrid.encoding.detectors.spacy import SpacyDetector

    _check_no_labels(text, name)
    if name.threshold is not None:
        raise InvalidInput(f"{shorten(text)} has a threshold, but spaCy's entities have no scores")
    return SpacyDetector(text, name.model)


def _check_no_labels(text: str, name: DetectorName) -> None:
    if name.labels:
        raise InvalidInput(f"{shorten(text)} names labels, which gliner alone takes")


KINDS: dict[str, Callable[[str, DetectorName, str], MentionDetector]] = {
    "bundle": _bundle,
    "hf": _hugging_face,
    "gliner": _gliner,
    "spacy": _spacy,
}
