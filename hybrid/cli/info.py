"""`hybrid info`: statistics, bundle and fields of an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from hybrid.cli import options
from hybrid.cli.reporting import print_json, reported

if TYPE_CHECKING:
    from hybrid.engines.protocol import IndexMeta, Statistics


def command(target: options.Target, json: options.Json = False) -> None:
    """Show what an index holds and which bundle made it."""
    with reported(json):
        from hybrid.engines.factory import without_secrets
        from hybrid.retriever import Retriever

        with Retriever.open(target, encoder=False) as retriever:
            meta, statistics = retriever.meta, retriever.statistics()
        shape = _shape(without_secrets(target), meta, statistics)
        if json:
            print_json(shape)
        else:
            for name, value in shape.items():
                typer.echo(f"{name:<13}{_readable(name, value)}")


def _shape(target: str, meta: IndexMeta, statistics: Statistics) -> dict[str, Any]:
    return {
        "index": target,
        "format": meta.format,
        "bundle": meta.bundle,
        "fingerprint": meta.fingerprint,
        "dimensions": {"mention": meta.dimensions.mention, "passage": meta.dimensions.passage},
        "language": meta.language,
        "documents": statistics.documents,
        "passages": statistics.passages,
        "mentions": statistics.mentions,
        "pending": statistics.pending,
        "bytes": statistics.bytes,
        "fields": dict(sorted(meta.fields.items())),
    }


def _readable(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {'none' if part is None else part}" for key, part in value.items()) or "none"
    if name == "bytes":
        return f"{value:,} ({value / 1e6:,.1f} MB)"
    return f"{value:,}" if isinstance(value, int) else str(value)
