"""Detectors that plug in: texts to mentions. `open_detector("spacy:en_core_web_sm")` gives one."""

from hybrid.encoding.detectors.factory import open_detector
from hybrid.encoding.detectors.protocol import MentionDetector, Mentions

__all__ = ["MentionDetector", "Mentions", "open_detector"]
