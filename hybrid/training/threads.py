"""How many threads torch takes while something is trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def seeded(seed: int, count: int = 1) -> Iterator[None]:
    """torch with its own random state, begun at `seed`, and on `count` threads; both as they were afterwards.

    Batches of a few hundred rows gain nothing from more threads, lose much where cores are shared, and the order in
    which sums are taken, and so the last bit, would depend on the machine.
    """
    import torch

    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(count)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
