"""How each score came about: the legs' own lists, fused with our arithmetic, beside what the server fused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hybrid.documents import Leg, LegScore
from hybrid.engines.opensearch.responses import Row
from hybrid.fusion import RankedList, fuse
from hybrid.planning.plan import Plan

Ranks = Sequence[tuple[str, float]]


def plain(row: Row, plan: Plan) -> dict[Leg, LegScore]:
    """Raw scores alone, in the plan's order."""
    return {leg.leg: LegScore(row.legs[leg.leg]) for leg in plan.legs if leg.leg in row.legs}


def explained(rows: Sequence[Row], plan: Plan, ranks: Sequence[Ranks]) -> list[dict[Leg, LegScore]]:
    """Raw score, rank, normalised value, weight and contribution of each leg in each row.

    Args:
        rows: the hits of a page.
        plan: what was asked.
        ranks: each leg's list by itself, to its depth, in the order of the plan's legs; none for a single leg.
    """
    if plan.fusion is None:
        leg = plan.legs[0]
        first = plan.offset + 1
        return [
            {leg.leg: LegScore(row.score, rank, None, leg.weight, row.score)} for rank, row in enumerate(rows, first)
        ]
    numbers = {id: number for number, id in enumerate({id: None for listed in ranks for id, _ in listed})}
    fused = fuse([_ranked(listed, numbers) for listed in ranks], plan.fusion, [leg.weight for leg in plan.legs])
    places = [{id: place for place, (id, _) in enumerate(listed)} for listed in ranks]
    tables = (fused.values, fused.contributions)
    explained: list[dict[Leg, LegScore]] = []
    for row in rows:
        legs: dict[Leg, LegScore] = {}
        for column, leg in enumerate(plan.legs):
            place = places[column].get(row.id)
            raw = row.legs.get(leg.leg) if place is None else ranks[column][place][1]
            if raw is None:
                continue
            parts: list[float | None] = [None, None]
            if place is not None:
                # The fused documents are rising numbers without a gap.
                cells = [table[numbers[row.id], column] for table in tables]
                parts = [None if np.isnan(cell) else float(cell) for cell in cells]
            rank = None if place is None else place + 1
            legs[leg.leg] = LegScore(raw, rank, parts[0], leg.weight, parts[1])
        explained.append(legs)
    return explained


def _ranked(listed: Ranks, numbers: Mapping[str, int]) -> RankedList:
    documents = np.array([numbers[id] for id, _ in listed], dtype=np.int64)
    return RankedList(documents, np.array([score for _, score in listed], dtype=np.float64))
