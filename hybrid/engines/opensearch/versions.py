"""What differs between versions of OpenSearch, as data: everything else is the same request on all of them.

Each line was verified on a real node of the version it stands for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hybrid.errors import ServerError, shorten

Numbers = tuple[int, int, int]

# Lucene's BM25 had the factor k1 + 1 in OpenSearch 2, k1 being 1.2.
WITHOUT_FACTOR = 1 / 2.2


@dataclass(frozen=True, slots=True)
class Version:
    """One version that was tested.

    `match_boost` makes BM25 scores those of Lucene's formula without the factor k1 + 1. `rrf_pipeline` is the file in
    mappings/, `rrf_constant` the path of the rank constant in its processor.
    """

    number: Numbers
    match_boost: float
    inner_hits_in_hybrid: bool
    rrf_pipeline: str
    rrf_constant: tuple[str, ...]
    rrf_weights: bool
    rrf_over_shards: bool

    def __str__(self) -> str:
        return ".".join(map(str, self.number))


TESTED = (
    Version(
        number=(2, 19, 6),
        match_boost=WITHOUT_FACTOR,
        inner_hits_in_hybrid=False,
        rrf_pipeline="search-pipeline-rrf-2.json",
        rrf_constant=("combination", "parameters", "rank_constant"),
        rrf_weights=False,
        rrf_over_shards=False,
    ),
    Version(
        number=(3, 6, 0),
        match_boost=1.0,
        inner_hits_in_hybrid=True,
        rrf_pipeline="search-pipeline-rrf-3.json",
        rrf_constant=("combination", "rank_constant"),
        rrf_weights=True,
        rrf_over_shards=True,
    ),
)


def version_of(number: str) -> tuple[Version, str | None]:
    """The tested version that stands for a server's, and a warning where it is another one.

    The nearest of the same major version, else of the nearest major version.

    Raises:
        ServerError: no version number.
    """
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", number)
    if found is None:
        raise ServerError(f"the server says that its version is {shorten(number)}; expected a number such as 3.6.0")
    asked: Numbers = (int(found[1]), int(found[2]), int(found[3]))
    nearest = min(TESTED, key=lambda tested: _distance(tested.number, asked))
    if nearest.number == asked:
        return nearest, None
    known = " and ".join(map(str, TESTED))
    return (
        nearest,
        f"OpenSearch {number} was not tested with this version of hybrid ({known} were): {nearest} is assumed",
    )


def _distance(one: Numbers, other: Numbers) -> tuple[int, ...]:
    return tuple(abs(a - b) for a, b in zip(one, other, strict=True))
