"""Tokens by hand: where they stand in a text."""

import numpy as np


def pieces(*tokens: str, text: str) -> tuple[np.ndarray, np.ndarray]:
    """The characters of tokens that stand in `text` one after another; "" is one of the model's own marks."""
    starts, ends, at = [], [], 0
    for token in tokens:
        if not token:
            starts.append(-1)
            ends.append(-1)
            continue
        at = text.index(token, at)
        starts.append(at)
        at += len(token)
        ends.append(at)
    return np.array(starts), np.array(ends)
