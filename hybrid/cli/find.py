"""`hybrid find`: ask."""

from __future__ import annotations

from typing import Annotated

import typer

from hybrid.cli import options
from hybrid.cli.reporting import print_json, reported, say_warnings


def command(
    target: options.Target,
    type: options.Type,
    about: options.About = None,
    where: options.Where = None,
    how: options.How = "auto",
    k: options.K = 10,
    offset: options.Offset = 0,
    depth: options.Depth = None,
    exact: options.Exact = False,
    mentions: options.Mentions = 3,
    text: Annotated[bool, typer.Option(help="Whether JSON carries the texts.")] = True,
    explain: Annotated[bool, typer.Option("--explain", help="Show the reason and how each score came about.")] = False,
    encoder: options.Encoder = None,
    json: options.Json = False,
) -> None:
    """Find the texts that mention an entity of a kind."""
    with reported(json):
        from hybrid.cli.asking import opened_for, page_options

        with opened_for(target, how, encoder) as retriever:
            page = page_options(retriever, about, where, how, k, offset, depth, exact, mentions)
            hits = retriever.find(type, **page, text=text, explain=explain)
        if json:
            from hybrid.serialization import hit_to_json

            for rank, hit in enumerate(hits, start=hits.plan.offset + 1):
                print_json(hit_to_json(hit, rank))
        else:
            from hybrid.cli.render import console, is_plain, render_hits

            out = console()
            for part in render_hits(hits, plain=is_plain(out), explain=explain):
                out.print(part)
        say_warnings(hits.warnings, json)
