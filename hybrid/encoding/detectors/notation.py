"""How a detector is named: `KIND:MODEL`, in brackets what it is asked with.

`bundle:minilm`, `hf:MODEL`, `spacy:MODEL`, `gliner:MODEL(person, river, threshold=.3)`. Words without `=` are labels
that GLiNER looks for; `threshold` is the smallest score, 0..1, that makes a mention.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hybrid.errors import InvalidInput, shorten

_NAME = re.compile(r"(?P<kind>[a-z]+):(?P<model>[^()]+)(?:\((?P<inside>[^()]*)\))?")


@dataclass(frozen=True, slots=True)
class DetectorName:
    """A detector's name in parts; no `labels`, and `threshold` None, leave both to the detector."""

    kind: str
    model: str
    labels: tuple[str, ...] = ()
    threshold: float | None = None


def parse_detector(text: str) -> DetectorName:
    """The parts of a name.

    Raises:
        InvalidInput: it does not follow the notation, a label is empty, or a threshold is not within 0..1.
    """
    found = _NAME.fullmatch(text.strip())
    if found is None or not found["model"].strip():
        raise InvalidInput(f"{shorten(text)} names no detector; expected KIND:MODEL or KIND:MODEL(label, threshold=.5)")
    labels: dict[str, None] = {}
    threshold = None
    for part in found["inside"].split(",") if found["inside"] is not None else ():
        option, equals, value = (piece.strip() for piece in part.partition("="))
        if option and not equals:
            labels[option] = None
        elif option == "threshold":
            threshold = _threshold(value, text)
        else:
            raise InvalidInput(f"{shorten(text)} has {part.strip()!r} in brackets; expected labels and threshold=.5")
    return DetectorName(found["kind"], found["model"].strip(), tuple(labels), threshold)


def _threshold(value: str, text: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise InvalidInput(f"{shorten(text)} has the threshold {value!r}; expected a number from 0 to 1")
    return number
