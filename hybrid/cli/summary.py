"""What a run of indexing did, for a reader and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hybrid.cli.intake import Place
from hybrid.indexing.batches import BATCH_DOCUMENTS
from hybrid.indexing.report import IndexReport, RefusedDocument

SHOWN = 10


def report_to_text(report: IndexReport, seconds: float, done: str = "indexed") -> str:
    """The counts in one sentence; what did not happen is not mentioned."""
    # The first batch also loads the weights: a rate of that would say nothing.
    rate = f" ({report.documents / seconds:,.0f} documents/s)" if report.documents > BATCH_DOCUMENTS else ""
    counts = f"{report.documents:,} documents {done} with {report.mentions:,} mentions in {seconds:,.1f} s{rate}"
    others = {
        "replaced": report.replaced,
        "skipped": report.skipped,
        "changed meanwhile": report.changed,
        "refused": len(report.refused),
    }
    return "; ".join([counts, *(f"{count:,} {name}" for name, count in others.items() if count)])


def report_to_json(report: IndexReport, seconds: float, place: Callable[[int], Place] | None = None) -> dict[str, Any]:
    """All counts, and every refused document and dropped mention with its place where it came from a file."""
    return {
        "documents": report.documents,
        "passages": report.passages,
        "mentions": report.mentions,
        "replaced": report.replaced,
        "skipped": report.skipped,
        "changed": report.changed,
        "refused": [_entry(entry, place) for entry in report.refused],
        "dropped": [_entry(entry, place) for entry in report.dropped],
        "seconds": round(seconds, 3),
    }


def refusals_to_text(report: IndexReport, place: Callable[[int], Place] | None = None) -> Iterator[str]:
    """The first refused documents and how many more there are, then the mentions without a vector.

    `place` tells the place of each where they came from files.
    """
    for entry in report.refused[:SHOWN]:
        yield f"Refused: {_placed(entry, place)}"
    if len(report.refused) > SHOWN:
        yield f"Refused: {len(report.refused) - SHOWN:,} more; --json lists all"
    for entry in report.dropped[:SHOWN]:
        yield f"Left out: {_placed(entry, place)}"
    if len(report.dropped) > SHOWN:
        yield f"Left out: {len(report.dropped) - SHOWN:,} more; --json lists all"


def _placed(entry: RefusedDocument, place: Callable[[int], Place] | None) -> str:
    if place is None:
        return entry.reason
    return f"{_prefix(*place(entry.position))}{_reason(entry, *place(entry.position))}"


def _entry(entry: RefusedDocument, place: Callable[[int], Place] | None) -> dict[str, Any]:
    if place is None:
        return {"id": entry.id, "reason": entry.reason}
    file, line = place(entry.position)
    return {"file": file, "line": line, "id": entry.id, "reason": _reason(entry, file, line)}


def _prefix(file: str, line: int | None) -> str:
    return f"{file}: " if line is None else f"{file}, line {line}: "


def _reason(entry: RefusedDocument, file: str, line: int | None) -> str:
    # An error of a file names its place already.
    return entry.reason.removeprefix(_prefix(file, line))
