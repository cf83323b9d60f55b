"""Which types taught a bundle, as its manifest tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hybrid.errors import BundleError
from hybrid.evaluation.systems.words import stemmed
from hybrid.evaluation.zero_shot import TrainedType, digest
from hybrid.training.corpora import CORPORA
from hybrid.training.sources import Source, synthetic

TYPES, SHARES = "types", "shares"
# Sources whose mentions are labelled in text, one by one; the others are wide.
IN_TEXT = frozenset((*CORPORA, synthetic.NAME))


def describe_types(sources: Iterable[Source]) -> dict[str, dict[str, list[str]] | list[str]]:
    """What a manifest's `training` holds under `types`: source to label to the names that it was taught by.

    Of a wide source, which knows thousands of words, the names' digests alone: enough to tell whether an asked type was
    among them, and no copy of a dictionary.
    """
    return {own.name: _labelled(own) if own.name in IN_TEXT else _digests(own) for own in sources}


def trained_types(name: str, training: Mapping[str, Any] | None) -> tuple[TrainedType, ...]:
    """The types of a manifest's `training`; where it lists none, those of the corpora that `shares` names.

    Raises:
        BundleError: the bundle `name` does not say what it was trained on, or names a corpus that is not known.
    """
    manifest = training or {}
    types = manifest.get(TYPES)
    if types is None:
        types = {corpus: _labels(name, corpus) for corpus in manifest.get(SHARES) or ()}
    try:
        found = tuple(one for source, told in types.items() for one in _types_of(source, told))
    except AttributeError:
        raise BundleError(f"bundle {name} has training types that are not source to label to names") from None
    if not found:
        raise BundleError(f"bundle {name} does not say what it was trained on: its manifest lists no types or corpora")
    return found


def _types_of(source: str, told: Any) -> Iterator[TrainedType]:
    if isinstance(told, list) and source not in IN_TEXT:
        yield TrainedType(source, "", (), labelled=False, digests=frozenset(map(str, told)))
        return
    for label, names in told.items():
        yield TrainedType(source, label, tuple(map(str, names)), labelled=source in IN_TEXT)


def _labelled(source: Source) -> dict[str, list[str]]:
    return {label: list(names) for label, names in source.types.items()}


def _digests(source: Source) -> list[str]:
    names = sorted({name for own in source.types.values() for name in own})
    return sorted({digest(stems) for stems in stemmed(names) if stems})


def _labels(name: str, corpus: str) -> Mapping[str, tuple[str, ...]]:
    if corpus not in CORPORA:
        raise BundleError(f"bundle {name} was trained on {corpus}, whose types are not known here")
    return CORPORA[corpus].labels
