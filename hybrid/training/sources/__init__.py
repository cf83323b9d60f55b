"""Where typed mentions come from. A source says what it is, under which licence, and gives texts with typed spans."""

from hybrid.training.sources.labelled import LabelledCorpus, open_corpus
from hybrid.training.sources.opening import open_corpora, widened
from hybrid.training.sources.protocol import Example, Source, TypedSpan

__all__ = [
    "Example",
    "LabelledCorpus",
    "Source",
    "TypedSpan",
    "open_corpora",
    "open_corpus",
    "widened",
]
