"""How each score came about: the legs' own lists, fused with our arithmetic, beside what the server fused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hybrid.documents import Leg, LegScore
from hybrid.engines.opensearch.responses import Row
from hybrid.fusion import Fused, RankedList, fuse
from hybrid.planning.plan import Plan

Ranks = Sequence[tuple[str, float]]


def plain(row: Row, plan: Plan) -> dict[Leg, LegScore]:
    """Raw scores alone, in the plan's order."""
    return {leg.leg: LegScore(row.legs[leg.leg]) for leg in plan.legs if leg.leg in row.legs}


def explained(rows: Sequence[Row], plan: Plan, lists: Sequence[Ranks]) -> list[dict[Leg, LegScore]]:
    """Raw score, rank, normalised value, weight and contribution of each leg in each row.

    Args:
        rows: the hits of a page.
        plan: what was asked.
        lists: each leg by itself to its depth, ids and raw scores, in the order of the plan's legs; none for a single
            leg.
    """
    if plan.fusion is None:
        leg, first = plan.legs[0], plan.offset + 1
        return [
            {leg.leg: LegScore(row.score, rank, None, leg.weight, row.score)} for rank, row in enumerate(rows, first)
        ]
    table = _table(plan, lists)
    return [_legs(row, plan, table) for row in rows]


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The fusion of the legs' lists; a document's number is its row in `fused`."""

    numbers: Mapping[str, int]
    fused: Fused
    raw: Sequence[Mapping[str, float]]


def _table(plan: Plan, lists: Sequence[Ranks]) -> _Table:
    # The fused documents are rising numbers: given out without a gap, they are rows.
    numbers = {id: number for number, id in enumerate(dict.fromkeys(id for listed in lists for id, _ in listed))}
    ranked = [_ranked(listed, numbers) for listed in lists]
    fused = fuse(ranked, plan.fusion, [leg.weight for leg in plan.legs])  # type: ignore[arg-type]
    return _Table(numbers, fused, [dict(listed) for listed in lists])


def _ranked(listed: Ranks, numbers: Mapping[str, int]) -> RankedList:
    documents = np.array([numbers[id] for id, _ in listed], dtype=np.int64)
    # The server reckons with float32, and writes the fewest digits that tell one from its neighbours: where the scores
    # of a list lie near each other, min_max would stretch the difference.
    scores = np.array([score for _, score in listed], dtype=np.float32)
    return RankedList(documents, scores.astype(np.float64))


def _legs(row: Row, plan: Plan, table: _Table) -> dict[Leg, LegScore]:
    legs: dict[Leg, LegScore] = {}
    number = table.numbers.get(row.id)
    for column, leg in enumerate(plan.legs):
        # A document beyond a leg's depth may still have a score there.
        raw = table.raw[column].get(row.id, row.legs.get(leg.leg))
        if raw is not None:
            rank, value, contribution = _cells(table.fused, number, column)
            legs[leg.leg] = LegScore(raw, None if rank is None else int(rank), value, leg.weight, contribution)
    return legs


def _cells(fused: Fused, number: int | None, column: int) -> tuple[float | None, float | None, float | None]:
    if number is None:
        return None, None, None
    rank, value, contribution = (
        float(table[number, column]) for table in (fused.ranks, fused.values, fused.contributions)
    )
    return _known(rank), _known(value), _known(contribution)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
