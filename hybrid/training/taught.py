"""Which types taught a bundle, as its manifest tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hybrid.errors import BundleError
from hybrid.evaluation.zero_shot import TrainedType
from hybrid.training.corpora import CORPORA
from hybrid.training.sources import Source

TYPES, SHARES = "types", "shares"


def describe_types(sources: Iterable[Source]) -> dict[str, dict[str, list[str]]]:
    """What a manifest's `training` holds under `types`: source to label to the names that it was taught by."""
    return {own.name: {label: list(names) for label, names in own.types.items()} for own in sources}


def trained_types(name: str, training: Mapping[str, Any] | None) -> tuple[TrainedType, ...]:
    """The types of a manifest's `training`; where it lists none, those of the corpora that `shares` names.

    Raises:
        BundleError: the bundle `name` does not say what it was trained on, or names a corpus that is not known.
    """
    told = training or {}
    types = told.get(TYPES)
    if types is None:
        types = {corpus: _labels(name, corpus) for corpus in told.get(SHARES) or ()}
    try:
        found = tuple(
            TrainedType(source, label, tuple(map(str, names)), labelled=source in CORPORA)
            for source, labels in types.items()
            for label, names in labels.items()
        )
    except AttributeError:
        raise BundleError(f"bundle {name} has training types that are not source to label to names") from None
    if not found:
        raise BundleError(f"bundle {name} does not say what it was trained on: its manifest lists no types or corpora")
    return found


def _labels(name: str, corpus: str) -> Mapping[str, tuple[str, ...]]:
    if corpus not in CORPORA:
        raise BundleError(f"bundle {name} was trained on {corpus}, whose types are not known here")
    return CORPORA[corpus].labels
