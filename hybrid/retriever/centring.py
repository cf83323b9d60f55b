"""Centring: a question's vector less a share of the mean of the index.

    q' = unit(q - share * n / (n + PRIOR) * mean)

`mean` is that of the index's n vectors of the leg. Texts on one subject lie on one side of the space, and each is a
little like whatever is asked; what they have in common tells none from another (Mu and Viswanath, All-but-the-Top,
2018, take it off the vectors instead). A mean of few vectors is one of the answers themselves, so it counts less.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hybrid.documents import Float32, Leg
from hybrid.engines.protocol import Centroid

# As many vectors halve the share.
PRIOR = 100
SMALLEST = 1e-6


def centred(question: Float32, centroid: Centroid, share: float) -> Float32:
    """A unit vector float32 [d], centred; unchanged where nothing would be left of it."""
    moved = question - np.float32(share * centroid.count / (centroid.count + PRIOR)) * centroid.mean
    length = float(np.linalg.norm(moved))
    return np.asarray(moved / length, dtype=np.float32) if length > SMALLEST else question


def centred_by(centroids: Mapping[Leg, Centroid], questions: Mapping[Leg, Float32], share: float) -> dict[Leg, Float32]:
    """Every leg's question, centred; one whose leg has no vectors in the index, or others by now, stays as it is."""
    return {
        leg: centred(own, centroids[leg], share) if leg in centroids and centroids[leg].mean.shape == own.shape else own
        for leg, own in questions.items()
    }
