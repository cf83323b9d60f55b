"""What a user should know about an answer."""

from __future__ import annotations

from hybrid.errors import shorten
from hybrid.planning.plan import PlannedLeg


def found_nothing(leg: PlannedLeg) -> str:
    """For a leg without a single hit: it leaves the order as it is."""
    return f"the {leg.leg} leg found nothing for {shorten(leg.words)}"


def waiting(pending: int) -> list[str]:
    """For documents that are there and not encoded; nothing where there are none."""
    if not pending:
        return []
    return [
        f"{pending:,} documents wait to be encoded: the typed leg does not find them until `hybrid complete` has run"
    ]
