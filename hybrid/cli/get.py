"""`hybrid get`: documents by id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from hybrid.cli import options
from hybrid.cli.reporting import REFUSED, print_json, reported, say_error

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hybrid.documents import Document


def command(target: options.Target, ids: options.Ids, json: options.Json = False) -> None:
    """Show documents with their mentions; ends with 1 where an id is not in the index."""
    with reported(json):
        from hybrid.retriever import Retriever
        from hybrid.serialization import document_to_json

        with Retriever.open(target, encoder=False) as retriever:
            found = retriever.get(ids)
        for document in found:
            if document is not None and json:
                print_json(document_to_json(document))
            elif document is not None:
                _show(document)
        missing = [id for id, document in zip(ids, found, strict=True) if document is None]
        for id in missing:
            say_error(f"no document has the id {id!r}", json, kind="NotFound")
        if missing:
            raise typer.Exit(REFUSED)


def _show(document: Document) -> None:
    from hybrid.cli.render import console

    out = console()
    for part in _parts(document):
        out.print(part)


def _parts(document: Document) -> Iterator[RenderableType]:
    from rich.text import Text

    from hybrid.cli.render import FAINT, OTHER, STRONG, visible

    yield Text(visible(document.id), style="cyan")
    if document.title:
        yield Text(visible(document.title), style=STRONG)
    for name, value in document.fields.items():
        yield Text.assemble((f"{visible(name)}: ", FAINT), visible(str(value)))
    text = Text(visible(document.text, lines=True))
    mentions = document.mentions or ()
    for mention in mentions:
        text.stylize(OTHER, mention.start, mention.end)
    yield text
    places = ", ".join(f"{visible(entry.surface or '')} [{entry.start}, {entry.end})" for entry in mentions)
    yield Text(f"mentions: {places or 'none'}\n", style=FAINT)
