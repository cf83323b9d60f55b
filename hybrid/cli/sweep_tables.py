"""What `hybrid train sweep` shows: blocks by projections, then the best, for a terminal, as JSON, and as heat maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from rich.table import Table as Grid
from rich.text import Text

from hybrid.cli.comparison_tables import grid_of, number
from hybrid.cli.render import FAINT, STRONG, visible
from hybrid.evaluation.opening import MEAN
from hybrid.evaluation.plots import Heat
from hybrid.training.sweep import Sweep, SweepConfig, TapFigures

WAYS = ("plain", "centred")
SHOWN = 10


def sweep_to_text(found: Sweep, config: SweepConfig) -> Iterator[Grid | Text]:
    """Means over tasks, a line a block, plain and then centred; behind each the best taps with every task."""
    yield Text(visible(_about(found, config), lines=True), style=FAINT)
    for way, heat in zip(WAYS, heats_of(found), strict=True):
        yield Text(f"\n{heat.title}", style=STRONG)
        yield _blocks(heat)
        yield Text(f"\nbest {way}", style=STRONG)
        yield _best(found, way)


def sweep_to_json(found: Sweep, config: SweepConfig) -> Iterator[dict[str, Any]]:
    """How it was measured, under `swept`; then a line a tap: figures by task and `mean`, plain and centred."""
    yield {
        "swept": {
            "backbone": config.backbone.sources,
            "bos": found.bos,
            "carriers": config.carriers,
            "tasks": {
                task.name: {"texts": task.texts, "mentions": task.mentions, "types": task.types} for task in found.tasks
            },
        }
    }
    for figures in found.taps:
        yield {"tap": str(figures.tap), **{way: dict(_values(figures, way)) for way in WAYS}}


def heats_of(found: Sweep) -> tuple[Heat, ...]:
    """Means over tasks, plain and centred: blocks by state and pooling."""
    rows = tuple(dict.fromkeys(str(figures.tap.block) for figures in found.taps))
    columns = tuple(dict.fromkeys(f"{figures.tap.kind}:{figures.tap.pool}" for figures in found.taps))
    return tuple(
        Heat(
            f"R-Precision, {way}",
            rows,
            columns,
            np.array([_values(figures, way)[MEAN] for figures in found.taps]).reshape(len(rows), len(columns)),
        )
        for way in WAYS
    )


def _values(figures: TapFigures, way: str) -> Mapping[str, float]:
    return figures.plain if way == WAYS[0] else figures.centred


def _about(found: Sweep, config: SweepConfig) -> str:
    tasks = "; ".join(
        f"{task.name}: {task.texts:,} texts, {task.mentions:,} mentions, {task.types} types" for task in found.tasks
    )
    asked = " and ".join(f"'{carrier}'" for carrier in config.carriers)
    begun = ", each text after the token that begins one" if found.bos else ""
    return f"{config.backbone.sources[0]} without a head, types asked as {asked}{begun}\n{tasks}"


def _blocks(heat: Heat) -> Grid:
    grid = grid_of("block", [column.replace(":", "\n") for column in heat.columns])
    best = heat.values.max()
    for row, values in zip(heat.rows, heat.values, strict=True):
        grid.add_row(row, *(Text(number(value), style=STRONG if value == best else "") for value in values))
    return grid


def _best(found: Sweep, way: str) -> Grid:
    grid = grid_of("tap", (MEAN, *(visible(task.name) for task in found.tasks)))
    ranked: Sequence[TapFigures] = sorted(found.taps, key=lambda figures: -_values(figures, way)[MEAN])
    for figures in ranked[:SHOWN]:
        values = _values(figures, way)
        grid.add_row(str(figures.tap), *(number(values[name]) for name in (MEAN, *(task.name for task in found.tasks))))
    return grid
