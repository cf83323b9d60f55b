"""What a data set holds and where it is from, for a reader and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from hybrid.cli.reporting import print_json

if TYPE_CHECKING:
    from hybrid.evaluation.task import Task


def print_dataset(task: Task, origin: Mapping[str, Any], folder: Path, *, as_json: bool) -> None:
    """One object, or lines: the origin, the counts, and a row for each type."""
    shape = dataset_to_json(task)
    if as_json:
        print_json({"folder": str(folder)} | shape | {"origin": dict(origin)})
        return
    for line in (*origin_to_text(origin), *dataset_to_text(shape)):
        typer.echo(line)


def dataset_to_json(task: Task) -> dict[str, Any]:
    """Counts of a data set; `R` is how many texts answer a type, `mentions` of a type how often it is mentioned."""
    from hybrid.evaluation.datasets import mentions_by_label

    mentions = mentions_by_label(task)
    return {
        "name": task.name,
        "texts": len(task.sentences),
        "mentions": mentions.total(),
        "judged": task.judged is not None,
        "types": [
            {"label": label, "words": task.types[label], "R": len(indexes), "mentions": mentions[label]}
            for label, indexes in task.answers().items()
        ],
    }


def origin_to_text(origin: Mapping[str, Any]) -> Iterator[str]:
    """Where a data set is from and what its conversion did, a line each; nothing where that is not known."""
    for name in ("published", "citation", "licence"):
        if name in origin:
            yield f"{name:<10}{origin[name]}"
    if "read" in origin:
        counts = f"{origin['read']:,} texts with {origin['read_mentions']:,} mentions"
        yield f"{'read':<10}{counts} from {', '.join(origin['files'])}"
        yield f"{'dropped':<10}{origin['empty']:,} texts without a character that shows"
        yield f"{'merged':<10}{origin['merged']:,} texts into earlier ones that are the same"
    if left_out := origin.get("left_out"):
        yield f"{'not asked':<10}{', '.join(f'{label} ({reason})' for label, reason in left_out.items())}"
    if by_rule := origin.get("by_rule"):
        yield f"{'by rule':<10}{len(by_rule):,} types got their words by rule"
    if unknown := origin.get("unknown"):
        yield f"{'unknown':<10}{', '.join(unknown)}: no text has these labels"
    yield from (f"{'note':<10}{note}" for note in origin.get("notes", ()))


def dataset_to_text(shape: Mapping[str, Any]) -> Iterator[str]:
    """The counts, and types from the one that most texts answer on."""
    types = f"{len(shape['types']):,} types" + (", judged" if shape["judged"] else "")
    yield f"{shape['name']}: {shape['texts']:,} texts, {shape['mentions']:,} mentions, {types}"
    yield f"{'R':>9} {'mentions':>9}  type"
    for own in sorted(shape["types"], key=lambda own: (-own["R"], own["label"])):
        asked = own["words"] if own["words"] == own["label"] else f"{own['words']} ({own['label']})"
        yield f"{own['R']:>9,} {own['mentions']:>9,}  {asked}"
