"""Types as the typed leg asks them, for measures that build no index."""

from __future__ import annotations

import numpy as np

from hybrid.documents import Float32
from hybrid.encoding.protocol import Encoder
from hybrid.engines.protocol import Centroid
from hybrid.planning.notation import parse_how
from hybrid.retriever.centring import centred


def centred_types(encoder: Encoder, types: Float32, vectors: Float32) -> Float32:
    """Vectors of types, float32 [types, d], centred as the bundle says by the mean of mentions, float32 [m, d]."""
    share = parse_how(encoder.how).centring
    if not share:
        return types
    centroid = Centroid(vectors.mean(axis=0, dtype=np.float64).astype(np.float32), len(vectors))
    return np.stack([centred(own, centroid, share) for own in types])
