"""A plan is run: one request that ranks, and where its answer lacks something one more that fetches it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hybrid.documents import Hits
from hybrid.engines.opensearch.explaining import explained, plain
from hybrid.engines.opensearch.faults import error_of, reason_of
from hybrid.engines.opensearch.requests import (
    Facts,
    follow_up,
    matches_bodies,
    probe_body,
    ranks_body,
    search_request,
)
from hybrid.engines.opensearch.responses import Row, hits_of, lacking, read_inner, read_ranks, read_rows, to_hit
from hybrid.engines.opensearch.server import Server
from hybrid.engines.warnings import found_nothing, waiting
from hybrid.errors import ServerError
from hybrid.planning.plan import BoundPlan, PlannedLeg

Json = Mapping[str, Any]

# How a fusion says that the page begins beyond its last answer.
PAST_THE_END = "Reached end of search result"


async def find(server: Server, bound: BoundPlan, facts: Facts, pending: int) -> tuple[Hits | None, set[str]]:
    """Run a plan; returns the hits and the indices that answered.

    There are no hits where several answered: a rebuild swapped its index in between two requests.

    Raises:
        InvalidQuery: a leg that the index cannot run, or a fusion that this version of the server cannot.
        ServerError: what the server says, or that it does not.
    """
    started = time.perf_counter()
    plan = bound.plan
    answer = await server.ask(search_request(bound, facts), accept=(400,))
    if not answer.ok and PAST_THE_END not in reason_of(answer):
        raise error_of(answer, server.what)
    with _named(server.what):
        rows = read_rows(answer.body) if answer.ok else []
    if plan.fusion is None:
        # A document that a leg gives exactly 0 is not in it.
        rows = [row for row in rows if row.score > 0.0]
    wanted = lacking(rows, bound)
    ranked = plan.legs if bound.explain and plan.fusion is not None else ()
    silent = [] if ranked else _silent(rows, bound)
    bodies = [
        *(matches_bodies(wanted, bound, facts) if wanted else ()),
        *(ranks_body(leg, bound, facts) for leg in ranked),
        *(probe_body(leg, bound, facts) for leg in silent),
    ]
    responses = await _ask_all(server, bodies, facts.name)
    answered = {row.index for row in rows}
    with _named(server.what):
        answered |= {entry["_index"] for response in responses for entry in hits_of(response)}
    if len(answered) > 1:
        return None, answered
    answers = iter(responses)
    inner: dict[str, Sequence[Json]] = {row.id: row.inner for row in rows}
    for _ in range(len(bodies) - len(ranked) - len(silent)):
        inner |= read_inner(next(answers))
    ranks = [read_ranks(next(answers)) for _ in ranked]
    empty = [leg for leg, listed in zip(ranked, ranks, strict=True) if not listed]
    empty += [leg for leg in silent if not read_ranks(next(answers))]
    if not rows and not plan.offset:
        empty = list(plan.legs)
    legs = explained(rows, plan, ranks) if bound.explain else [plain(row, plan) for row in rows]
    hits = tuple(to_hit(row, inner[row.id], bound, part) for row, part in zip(rows, legs, strict=True))
    warnings = [found_nothing(leg) for leg in empty] + waiting(pending)
    took = (time.perf_counter() - started) * 1_000
    return Hits(hits, plan, took, tuple(warnings)), answered


def _silent(rows: Sequence[Row], bound: BoundPlan) -> list[PlannedLeg]:
    """Legs of which a page does not tell whether they found anything."""
    if not rows and not bound.plan.offset:
        return []
    return [leg for leg in bound.plan.legs if not any(leg.leg in row.legs for row in rows)]


async def _ask_all(server: Server, bodies: Sequence[dict[str, Any]], name: str) -> list[Json]:
    if not bodies:
        return []
    answer = await server.ask(follow_up(bodies, name))
    responses = answer.body.get("responses") if isinstance(answer.body, Mapping) else None
    if not isinstance(responses, list) or len(responses) != len(bodies):
        raise ServerError(
            f"{server.what}: the server's answer to several searches does not hold one for each; is there a proxy "
            "before it?"
        )
    return responses


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Errors of reading an answer get the target."""
    try:
        yield
    except ServerError as error:
        raise ServerError(f"{what}: {error}", status=error.status) from None
