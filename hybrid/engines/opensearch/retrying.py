"""How long to wait before the next try, and which answers are worth one."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hybrid.engines.opensearch.faults import RETRYABLE, kind_of
from hybrid.engines.opensearch.messages import Failure, Response


@dataclass(frozen=True, slots=True)
class Backoff:
    """Capped exponential backoff with full jitter: a random wait of 0 to min(cap, base 2^(attempt - 1)) seconds.

    Source: Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015. `attempts` is how often a thing is
    tried in all.
    """

    attempts: int
    base: float
    cap: float

    def wait(self, attempt: int, asked: float | None = None) -> float:
        """Seconds after the failed `attempt` (from 1); never less than the server `asked` for, up to the cap."""
        drawn = random.uniform(0.0, min(self.cap, self.base * 2 ** (attempt - 1)))
        return max(drawn, min(asked or 0.0, self.cap))


# A reader waits before the screen; a writer has time until an overloaded cluster has recovered.
READING = Backoff(attempts=3, base=0.1, cap=1.0)
WRITING = Backoff(attempts=12, base=0.2, cap=20.0)


def may_pass(outcome: Response | Failure) -> bool:
    """Whether the same request may succeed a moment later."""
    if isinstance(outcome, Failure):
        return outcome.loss in ("unreachable", "lost")
    # A full disk answers 429 too, and stays full; a server that has just started blocks with 503, for a moment.
    full = outcome.status == 429 and kind_of(outcome.body) == "cluster_block_exception"
    return outcome.status in RETRYABLE and not full
