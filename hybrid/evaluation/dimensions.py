"""Quality against the width of the mention vectors, by the typed leg alone: a head that is cut after training.

The axes are the principal ones of the vectors that the index holds: eigenvectors of their mean outer product, by
falling eigenvalue. Vectors are not centred, so that at full width every cosine is what it was. Mentions and types are
written in the first axes and set to unit length again. Every vector is scored, in memory. A head that is trained to be
that narrow may be better: this is a lower bound.

Weller et al.: On the Theoretical Limitations of Embedding-Based Retrieval, 2025, arXiv 2508.21038, on what narrow
vectors cannot tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybrid.documents import Float32
from hybrid.encoding.protocol import Encoder
from hybrid.evaluation.collection import Collection
from hybrid.evaluation.ir import HEADLINE, measure
from hybrid.evaluation.legs import Spans
from hybrid.evaluation.questions import centred_types
from hybrid.evaluation.report import macro_means
from hybrid.evaluation.runs import Span
from hybrid.evaluation.systems.nearest import rank_by_mentions
from hybrid.evaluation.task import Task

DIMENSIONS = "dimensions"
SYSTEM = "typed"
CHUNK = 1024


@dataclass(frozen=True, slots=True)
class WidthPoint:
    """A width: the share of the vectors' squared length that its axes hold, macro means, and the headline by type."""

    width: int
    held: float
    values: Mapping[str, float]
    types: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class WidthCurve:
    """A data set under one kind of mentions, by rising width; the last is the full one."""

    name: str
    spans: Spans
    points: tuple[WidthPoint, ...]

    @property
    def key(self) -> str:
        """Its name in JSON, as that of a table."""
        return self.name if self.spans == "gold" else f"{self.name}/{self.spans}"


def measure_widths(
    task: Task,
    encoder: Encoder,
    widths: Sequence[int],
    spans: Sequence[Spans],
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Iterator[WidthCurve]:
    """A curve for each kind of mentions; of none where there is no mention or no type with an answer.

    `widths` that are not below the encoder's are left out, and its own is added.

    Raises:
        HybridError: as the encoder and the index do.
    """
    full = encoder.dimensions.mention
    for own in spans:
        if own == "gold" and not task.has_mentions:
            continue
        with Collection(task, own, encoder) as collection:
            doing = f"encoding {task.name}, {own} mentions"
            kept, vectors = encode_mentions(encoder, collection.texts, collection.mentions, doing, progress)
            depth = {label: collection.depth(label) for label in task.types}
        if not len(vectors) or not any(task.answers().values()):
            continue
        axes, held = principal_axes(vectors)
        asked = centred_types(encoder, encoder.encode_types(list(task.types.values())), vectors)
        points = []
        for width in sorted({width for width in widths if width < full} | {full}):
            first = axes[:, :width]
            rankings = rank_by_mentions(kept, cut(vectors, first), list(task.types), cut(asked, first), depth)
            values = measure(task, rankings)
            headlines = {label: one[HEADLINE] for label, one in values.items()}
            points.append(WidthPoint(width, float(held[:width].sum()), macro_means([values]), headlines))
        yield WidthCurve(task.name, own, tuple(points))


def encode_mentions(
    encoder: Encoder,
    texts: Sequence[str],
    mentions: Sequence[Sequence[Span]],
    doing: str,
    progress: Callable[[str, int, int], None],
) -> tuple[list[list[Span]], Float32]:
    """The mentions of each text that have a vector, and the vectors of all of them one after another, [m, d]."""
    kept: list[list[Span]] = []
    rows = [np.zeros((0, encoder.dimensions.mention), np.float32)]
    for begun in range(0, len(texts), CHUNK):
        progress(doing, begun, len(texts))
        chunk = slice(begun, begun + CHUNK)
        for found in encoder.encode(texts[chunk], mentions[chunk]):
            kept.append([(mention.start, mention.end) for mention in found.mentions])
            rows.append(found.mention_vectors)
    progress(doing, len(texts), len(texts))
    return kept, np.concatenate(rows)


def principal_axes(vectors: Float32) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Orthonormal axes in columns, [d, d], by falling share of the vectors' squared length, and these shares, [d].

    `vectors`: [m, d], m at least 1, of unit length.
    """
    wide = vectors.astype(np.float64)
    values, axes = np.linalg.eigh(wide.T @ wide / len(wide))
    values = np.clip(values[::-1], 0.0, None)
    return axes[:, ::-1], values / values.sum()


def cut(vectors: Float32, axes: NDArray[np.float64]) -> Float32:
    """Vectors [n, d] written in axes [d, width], float32 [n, width] of unit length; one that is 0 there stays 0."""
    written = vectors.astype(np.float64) @ axes
    length = np.linalg.norm(written, axis=1, keepdims=True)
    unit = np.zeros_like(written)
    np.divide(written, length, out=unit, where=length > 1e-12)
    return unit.astype(np.float32)


def dimensions_to_json(curves: Iterable[WidthCurve]) -> dict[str, Any]:
    """`{data set: {"system": "typed", "points": [{"width": …, "held": …, "RPrec": …, "types": {label: …}}]}}`."""
    return {
        curve.key: {
            "system": SYSTEM,
            "points": [
                {"width": point.width, "held": point.held, **point.values, "types": dict(point.types)}
                for point in curve.points
            ],
        }
        for curve in curves
    }
